"""A supervisor starts, restarts and stops its children."""

from functools import partial

import pytest

from actors import receive, send, spawn
from actors.runtime import ActorRef, Crash, Shutdown, give_way
from supervisors import ChildSpec, Intensity, Supervisor
from supervisors.errors import GaveUpError


def worker() -> None:
    if receive() == "crash":
        raise ValueError("told to")


def spec(child_id: str) -> ChildSpec[ActorRef]:
    return ChildSpec(child_id, partial(spawn, worker))


def test_a_child_that_crashes_is_started_again() -> None:
    with Supervisor.start([spec("a"), spec("b")]) as root:
        before = [info.ref for info in root.which_children()]
        send(root.child("b"), "crash")
        give_way()
        after = [info.ref for info in root.which_children()]
        assert after[0] is before[0]
        assert after[1] is not before[1]
        assert after[1] is not None
        assert after[1].alive
        assert root.count_children() == (2, 2, 0, 2)
    assert not any(ref.alive for ref in after if ref)


def test_one_crash_more_than_the_intensity_allows_ends_the_supervisor() -> None:
    def storm(root: Supervisor) -> None:
        for _ in range(3):
            send(root.child("a"), "crash")
            give_way()

    root = Supervisor.start([spec("a"), spec("b")], intensity=Intensity(2, 60.0))
    sibling = root.child("b")
    spawn(storm, root, link=False)
    with pytest.raises(GaveUpError, match=r"more than 2 restarts within 60\.0 s") as error:
        root.wait(5.0)
    assert isinstance(error.value.reason, Crash)
    assert isinstance(sibling.reason, Shutdown)
