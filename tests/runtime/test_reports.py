"""What is raised and reported when several actors end together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from actors import receive, spawn, telemetry
from actors.runtime import LinkedExitError, give_way, link
from actors.testing import settle


def crash(name: str) -> None:
    raise ValueError(name)


@pytest.mark.sentence("A6")
def test_each_of_two_linked_actors_that_ended_is_raised_from_a_wait_of_its_own() -> None:
    spawn(crash, "one")
    spawn(crash, "two")
    settle()
    told: list[str] = []
    for _ in range(2):
        with pytest.raises(LinkedExitError) as caught:
            give_way()
        told.append(str(caught.value.__cause__))
    assert told == ["one", "two"]
    give_way()


@pytest.mark.leaves_actors("the crash is meant to be watched by nobody")
def test_a_crash_that_takes_others_with_it_is_reported_once() -> None:
    reports: list[Mapping[str, Any]] = []
    stop = telemetry.subscribe(lambda event, data: reports.append(data) if event == "actor crashed" else None)

    def parent() -> None:
        spawn(receive)
        child = spawn(receive)
        link(child)
        crash("all of us")

    spawn(parent, link=False)
    settle()
    stop()
    assert [str(report["error"]) for report in reports] == ["all of us"]
