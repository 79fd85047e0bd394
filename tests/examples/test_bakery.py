"""The example application as a program of its own, and under gunicorn: requests, crashes, signals."""

import signal
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from tests.structure.sources import ROOT
from tests.supervisors.programs import PATIENCE, Program, started

pytestmark = pytest.mark.sentence("S14")

CLOSED = ["web closed", "clerk closed", "oven closed", "pantry closed"]


def get(address: str, page: str, **query: object) -> str:
    try:
        with urlopen(f"{address}/{page}?{urlencode(query)}", timeout=PATIENCE) as answer:
            text: bytes = answer.read()
    except HTTPError as error:
        with error:
            return f"{error.code} {error.read().decode().strip()}"
    return text.decode().strip()


def open_for_business(bakery: Program) -> str:
    return bakery.until("listening on ")


def test_it_serves_and_stops_in_order_at_sigterm() -> None:
    with started("-m", "examples.bakery", "--flour", "7") as bakery:
        address = open_for_business(bakery)
        assert get(address, "bake", loaves=2) == "baked 2, flour left: 5"
        assert get(address, "order", who="Ada") == "1: Which filling?"
        assert get(address, "order", who="Bob") == "2: Which filling?"
        assert get(address, "answer", order=1, filling="plum") == "plum cake for Ada: baked 1, flour left: 4"
        assert get(address, "answer", order=1, filling="plum") == "there is no such question"
        assert get(address, "nowhere") == "404 there is no '/nowhere'"
        bakery.signal(signal.SIGTERM)
        code, lines, errors = bakery.end()
    assert (code, lines) == (0, CLOSED)
    assert "in order within 10.0 s, because of SIGTERM" in errors
    assert len(errors.splitlines()) == 1


def test_what_crashes_begins_anew_with_what_depends_on_it() -> None:
    with started("-m", "examples.bakery") as bakery:
        address = open_for_business(bakery)
        assert get(address, "bake", loaves=3) == "baked 3, flour left: 7"
        get(address, "break", who="pantry")
        assert bakery.until("oven closed") == ""
        assert get(address, "bake", loaves=3) == "baked 3, flour left: 7"
        assert get(address, "order", who="Ada") == "1: Which filling?"
        assert get(address, "answer", order=1, filling="smoke") == "the cake is burnt, attempt 1. 1: Which filling?"
        assert get(address, "answer", order=1, filling="plum") == "plum cake for Ada: baked 1, flour left: 6"
        bakery.signal(signal.SIGINT)
        code, lines, errors = bakery.end()
    assert (code, lines) == (0, CLOSED)
    assert errors.count("child crashed") == 2


def test_who_does_not_leave_is_killed_and_named() -> None:
    with started("-m", "examples.bakery", "--radio", "--stop-timeout", "0.2") as bakery:
        open_for_business(bakery)
        bakery.signal(signal.SIGTERM)
        code, lines, errors = bakery.end()
    assert (code, lines) == (3, CLOSED)
    assert errors.endswith("application 'bakery' stopped; killed, because they did not leave in time: radio\n")


def test_a_port_that_is_taken_is_a_failed_start() -> None:
    with started("-m", "examples.bakery") as first:
        port = open_for_business(first).rpartition(":")[2]
        with started("-m", "examples.bakery", "--port", port) as second:
            code, lines, errors = second.end()
        assert (code, lines) == (1, CLOSED[1:])
        assert errors.startswith("greenlet-actors: application 'bakery' did not start: child 'web': OSError: ")
        first.signal(signal.SIGTERM)
        assert first.end()[0] == 0


GUNICORN = ("-m", "gunicorn", "-c", str(ROOT / "examples" / "bakery_gunicorn.py"), "--bind", "127.0.0.1:0")


def test_each_worker_of_gunicorn_has_a_tree_that_ends_in_order() -> None:
    with started(*GUNICORN, "examples.bakery:site") as bakery:
        address = bakery.complaint("Listening at: ").split()[0]
        assert get(address, "bake", loaves=2) == "baked 2, flour left: 8"
        assert get(address, "order", who="Ada") == "1: Which filling?"
        assert get(address, "answer", order=1, filling="plum") == "plum cake for Ada: baked 1, flour left: 7"
        get(address, "break", who="pantry")
        assert bakery.until("oven closed") == ""
        assert get(address, "bake", loaves=2) == "baked 2, flour left: 8"
        bakery.signal(signal.SIGTERM)
        code, lines, errors = bakery.end()
    assert (code, lines) == (0, CLOSED[1:])
    assert "Shutting down: Master" in errors


def test_a_worker_of_gunicorn_whose_tree_gives_up_is_replaced() -> None:
    with started(*GUNICORN, "examples.bakery:site") as bakery:
        address = bakery.complaint("Listening at: ").split()[0]
        bakery.complaint("Booting worker")
        for _ in range(4):
            get(address, "break", who="clerk")
            assert bakery.until("clerk closed") == ""
        bakery.complaint("supervisor gave up")
        bakery.complaint("Booting worker")
        assert get(address, "order", who="Ada") == "1: Which filling?"
        bakery.signal(signal.SIGTERM)
        code, lines, _ = bakery.end()
    assert (code, lines) == (0, [*CLOSED[2:], *CLOSED[1:]])
