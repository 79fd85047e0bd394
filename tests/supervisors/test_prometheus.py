"""The numbers, as Prometheus reads them."""

import sys
from collections.abc import Iterator
from functools import partial
from typing import Any, cast

import gevent
import pytest
from gevent import pywsgi, socket

from actors import receive, send, spawn
from actors.runtime import ActorRef, statistics
from actors.testing import settle
from supervisors import ChildSpec, DynamicSupervisor, Intensity, Supervisor
from supervisors.prometheus import Metrics
from tests.console.command import process

pytestmark = pytest.mark.sentence("S16")


@pytest.fixture
def metrics() -> Iterator[Metrics]:
    made = Metrics(children=4)
    yield made
    made.close()


def worker() -> None:
    if receive() == "crash":
        raise ValueError("told to")


def spec(child_id: object = "a") -> ChildSpec[ActorRef]:
    return ChildSpec(child_id, partial(spawn, worker))


def scraped(metrics: Metrics) -> list[str]:
    """What a client gets over HTTP."""
    server: Any = pywsgi.WSGIServer(("127.0.0.1", 0), metrics.app, log=None)
    server.start()
    try:
        with cast(Any, socket).create_connection(("127.0.0.1", server.server_port), timeout=10.0) as connection:
            connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            head, _, body = b"".join(iter(lambda: connection.recv(65_536), b"")).partition(b"\r\n\r\n")
    finally:
        server.stop()
    assert head.startswith(b"HTTP/1.1 200"), head
    assert b"text/plain" in head
    return list(body.decode().splitlines())


def value(lines: list[str], name: str) -> float:
    (line,) = [line for line in lines if line.startswith(f"{name} ")]
    return float(line.rpartition(" ")[2])


def test_what_supervisors_report_is_counted_by_place_and_child(metrics: Metrics) -> None:
    inner = ChildSpec("inner", partial(Supervisor.start, [spec()]))
    with Supervisor.start([inner, spec("b")]) as root:
        for _ in range(2):
            send(root.child("inner").child("a"), "crash")
            settle()
        lines = scraped(metrics)
    assert value(lines, 'actors_child_starts_total{child="a",supervisor="inner"}') == 1
    assert value(lines, 'actors_child_crashes_total{child="a",supervisor="inner"}') == 2
    assert value(lines, 'actors_child_restarts_total{child="a",supervisor="inner"}') == 2
    assert value(lines, 'actors_child_starts_total{child="b",supervisor="root"}') == 1
    assert value(scraped(metrics), 'actors_child_stops_total{child="b",supervisor="root"}') == 1


def test_overruns_and_giving_up_are_counted(metrics: Metrics) -> None:
    def deaf() -> None:
        try:
            receive()
        finally:
            gevent.sleep(1000)

    def program() -> None:
        root = Supervisor.start([spec()], intensity=Intensity(0))
        send(root.child("a"), "crash")
        receive()

    root = Supervisor.start([ChildSpec("slow", partial(spawn, deaf), shutdown=0.001)])
    settle()
    root.stop()
    spawn(program, link=False)
    settle()
    lines = scraped(metrics)
    assert value(lines, 'actors_child_shutdown_overruns_total{child="slow",supervisor="root"}') == 1
    assert value(lines, 'actors_child_give_ups_total{child="a",supervisor="root"}') == 1


def test_children_without_end_have_labels_in_common(metrics: Metrics) -> None:
    with DynamicSupervisor.start() as many:
        for number in range(100):
            many.start_child(spec(number))
        lines = [line for line in scraped(metrics) if line.startswith("actors_child_starts_total")]
    assert len(lines) == 5
    assert value(lines, 'actors_child_starts_total{child="(others)",supervisor="(others)"}') == 96


def test_the_runtimes_numbers_are_there(metrics: Metrics) -> None:
    before = statistics().actors
    with Supervisor.start([spec(), spec("b")]):
        lines = scraped(metrics)
    assert value(lines, "actors_alive") == before + 3
    assert value(lines, "actors_timers") == 0
    assert value(lines, "actors_dead_letters_total") >= 0
    for name in ("ready", "workers", "pool", "abandoned"):
        assert value(lines, f"actors_{name}") >= 0


def test_after_close_nothing_is_counted(metrics: Metrics) -> None:
    metrics.close()
    with Supervisor.start([spec()]):
        assert not any(line.startswith("actors_child_starts_total") for line in scraped(metrics))


@pytest.mark.parametrize("children", [-1, 1.5, True, "many"])
def test_a_limit_that_is_none_is_refused(children: Any) -> None:
    with pytest.raises(ValueError, match="give a whole number from 0 up"):
        Metrics(children=children)


def test_without_the_extra_the_import_says_what_to_install(tmp_path: Any) -> None:
    code = "import sys; sys.modules['prometheus_client'] = None; import supervisors.prometheus"
    done = process(tmp_path, [sys.executable, "-c", code])
    assert done.returncode == 1
    assert "pip install 'greenlet-actors[prometheus]'" in done.stderr.splitlines()[-1]
