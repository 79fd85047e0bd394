"""A running tree as plain data, whatever the tree is doing."""

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any, cast

import gevent
import pytest
from gevent.event import Event

from actors import AsyncComputation, Prompt, ask, current, receive, send, spawn
from actors.runtime import ActorRef, NoSuchActorError, background, give_way, whereis
from actors.server import Server
from actors.testing import ManualClock, settle
from supervisors import (
    Backoff,
    ChildSpec,
    DynamicSupervisor,
    Intensity,
    PartitionSupervisor,
    Restart,
    Strategy,
    Supervisor,
    TaskSupervisor,
)
from supervisors.snapshot import Budget, Node, snapshot

pytestmark = pytest.mark.sentence("S15")


def worker() -> None:
    while receive() != "leave":
        raise ValueError("told to")


def busy() -> None:
    gevent.sleep(1000)


def order() -> str:
    return ask(Prompt("amount", "How many?"))


class Slow(Server):
    def init(self) -> None:
        gevent.sleep(1000)


def spec(child_id: object = "a", body: Callable[[], object] = worker, **options: Any) -> ChildSpec[ActorRef]:
    return ChildSpec(child_id, partial(spawn, body), **options)


def nested(child_id: str, *specs: ChildSpec[Any], **options: Any) -> ChildSpec[Supervisor]:
    return ChildSpec(child_id, partial(Supervisor.start, specs, **options))


def outline(node: Node) -> Any:
    """The tree in short: a line for each node, those below it in a list."""
    line = f"{node.id} {node.kind} {node.state}" + (f" {node.restarts}" if node.restarts else "")
    return [line, [outline(child) for child in node.children]] if node.kind == "supervisor" else line


def found(node: Node, *path: str) -> Node:
    for child_id in path:
        (node,) = (child for child in node.children if child.id == child_id)
    return node


def test_it_has_each_child_in_order_with_its_kind_and_those_below() -> None:
    with Supervisor.start(
        [spec(), spec(("b", 1)), AsyncComputation.child(order, id="order", owner=current()), nested("n", spec("c"))]
    ) as root:
        settle()
        tree = ["n supervisor running", ["c worker running"]]
        assert outline(snapshot(root)) == [
            "root supervisor running",
            ["a worker running", "('b', 1) worker running", "order run running", tree],
        ]


def test_each_running_child_has_its_mailbox_and_what_it_waits_for_and_since_when() -> None:
    with ManualClock() as clock, Supervisor.start([spec(), spec("b", busy)]) as root:
        settle()
        clock.advance(2.5)
        for _ in range(3):
            send(root.child("b"), "later")
        first, second = snapshot(root).children
        assert first.actor is not None
        assert (first.actor.waits_for, first.actor.mailbox) == ("a message (receive)", 0)
        assert first.actor.waited == pytest.approx(2.5)
        assert second.actor is not None
        assert (second.actor.state, second.actor.mailbox) == ("blocked outside", 3)
        assert "busy" in str(second.actor.waits_for)


def test_restarts_are_counted_for_ever_and_within_the_window() -> None:
    with ManualClock() as clock, Supervisor.start([spec(), spec("b")], intensity=Intensity(9, 5.0)) as root:
        for child_id in ("a", "b", "b"):
            send(root.child(child_id), "crash")
            settle()
            clock.advance(2.0)
        tree = snapshot(root)
        assert tree.budget == Budget(2, 9, 5.0)
        assert [child.restarts for child in tree.children] == [1, 2]
        clock.advance(5.0)
        assert snapshot(root).budget == Budget(0, 9, 5.0)
        assert len(root.which_children()) == 2


def test_what_does_not_run_says_how_it_ended() -> None:
    with ManualClock():
        specs = [spec("a", restart=Restart.TRANSIENT), spec("b", backoff=Backoff(10.0)), spec("c")]
        with Supervisor.start(specs) as root:
            send(root.child("a"), "leave")
            send(root.child("b"), "crash")
            root.terminate_child("c")
            settle()
            assert outline(snapshot(root))[1] == ["a worker stopped", "b worker restarting", "c worker stopped"]
            reasons = [child.actor.reason if child.actor else "" for child in snapshot(root).children]
            assert reasons == [
                "Normal()",
                "Crash(error=ValueError('told to'))",
                "Shutdown(detail='stopped by its supervisor')",
            ]


def test_plain_data_that_leads_back_to_nothing() -> None:
    with Supervisor.start([spec(), nested("n", spec())]) as root:
        text = json.dumps(asdict(snapshot(root)))
        assert [child["id"] for child in json.loads(text)["children"]] == ["a", "n"]


def test_a_supervisor_that_hangs_in_a_start_is_seen_with_the_child_that_it_is_starting() -> None:
    def start() -> None:
        Supervisor.start(
            [spec(), nested("n", spec("c"), ChildSpec("slow", partial(Server.start, Slow, timeout=None)))], name="r"
        )

    starter: Any = cast(Any, gevent).spawn(start)
    settle()
    tree = snapshot("r")
    inner = ["n supervisor starting", ["c worker running", "slow worker starting"]]
    assert outline(tree) == ["r supervisor running", ["a worker running", inner]]
    slow = found(tree, "n", "slow").actor
    assert slow is not None
    assert (slow.state, "Slow.init" in str(slow.waits_for)) == ("blocked outside", True)
    assert "Slow" in str(found(tree, "n").actor.waits_for)  # type: ignore[union-attr]
    starter.kill()
    settle()
    assert whereis("r") is None


def test_a_child_that_is_slow_to_leave_is_seen_stopping() -> None:
    left = Event()

    def slow() -> None:
        try:
            receive()
        finally:
            left.wait()

    for start in (partial(Supervisor.start, [spec("slow", slow)]), DynamicSupervisor.start):
        left.clear()
        supervisor = start()
        if isinstance(supervisor, DynamicSupervisor):
            supervisor.start_child(spec("slow", slow))
        settle()
        stopping: Any = cast(Any, gevent).spawn(supervisor.stop)
        settle()
        (child,) = snapshot(supervisor).children
        assert (child.state, child.kind) == ("stopping", "worker")
        assert child.actor is not None
        assert child.actor.told_to_end == "Shutdown(detail='stopped by its supervisor')"
        left.set()
        stopping.get()


def test_each_kind_of_supervisor() -> None:
    with (
        DynamicSupervisor.start(name="many") as many,
        PartitionSupervisor.start(spec(), 2) as parts,
        TaskSupervisor.start() as tasks,
    ):
        many.start_child(spec())
        many.start_child(spec())
        tasks.run(busy)
        settle()
        assert outline(snapshot(many)) == ["many supervisor running", ["a worker running", "a worker running"]]
        assert outline(snapshot(parts))[1] == ["0 worker running", "1 worker running"]
        assert outline(snapshot(tasks))[1] == ["busy run running"]
        assert outline(snapshot("many")) == outline(snapshot(many.ref)) == outline(snapshot(many))


def test_in_the_restart_of_a_group_nobody_is_missing() -> None:
    with ManualClock():
        specs = [spec("a", backoff=Backoff(1.0)), spec("b")]
        with Supervisor.start(specs, strategy=Strategy.ONE_FOR_ALL) as root:
            send(root.child("a"), "crash")
            settle()
            assert outline(snapshot(root))[1] == ["a worker restarting", "b worker restarting"]


def test_a_tree_of_another_thread() -> None:
    with Supervisor.start([spec(), nested("n", spec("c"), on=background())]) as root:
        settle()
        tree = snapshot(root)
        assert outline(tree)[1] == ["a worker running", ["n supervisor running", ["c worker running"]]]
        inner, own = found(tree, "n", "c").actor, found(tree, "a").actor
        assert inner is not None
        assert own is not None
        assert inner.thread != own.thread


def test_it_can_be_taken_while_another_thread_changes_the_tree() -> None:
    with DynamicSupervisor.start(on=background(), intensity=Intensity(10_000, 60.0)) as many:

        def churn() -> None:
            for _ in range(300):
                children = [many.start_child(spec()) for _ in range(5)]
                for child in children:
                    many.terminate_child(child)

        churning = spawn(churn, link=False)
        taken = 0
        while churning.alive:
            assert snapshot(many).state == "running"
            taken += 1
            give_way()
        assert taken > 1


def test_a_dead_supervisor_is_stopped_and_has_no_children() -> None:
    with Supervisor.start([spec()]) as root:
        pass
    assert outline(snapshot(root)) == ["root supervisor stopped", []]


def test_what_is_no_supervisor_is_refused() -> None:
    ref = spawn(receive)
    give_way()
    with pytest.raises(TypeError, match=r"that is no supervisor; give what Supervisor\.start returned"):
        snapshot(ref)
    with pytest.raises(NoSuchActorError, match="registered as 'nobody'"):
        snapshot("nobody")
    with pytest.raises(TypeError, match="ActorRef"):
        snapshot(5)  # type: ignore[arg-type]  # on purpose
    send(ref, None)
