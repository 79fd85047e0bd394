"""What supervisors of many children give back, as the type checkers see it; see `test_checkers`."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections.abc import Generator
from functools import partial
from typing import assert_type

from actors import AsyncComputation, spawn
from actors.outcomes import OutcomeOf
from actors.runtime import ActorRef
from supervisors import ChildSpec, DynamicSupervisor, PartitionSupervisor, Supervisor, TaskSupervisor


class Line:
    ref: ActorRef


def line() -> Line:
    return Line()


def numbered(index: int) -> ChildSpec[Line]:
    return ChildSpec(index, line)


def shout(text: str, times: int = 1) -> str:
    return text * times


def length(text: str) -> int:
    return len(text)


def children_have_the_type_that_their_start_returns(many: DynamicSupervisor) -> None:
    assert_type(DynamicSupervisor.start(), DynamicSupervisor)
    assert_type(many.start_child(ChildSpec("a", line)), Line)
    assert_type(many.start_child(ChildSpec("a", partial(spawn, line))), ActorRef)
    assert_type(many.start_child(AsyncComputation.child(length, "a")), AsyncComputation[int])
    many.terminate_child(many.ref)
    many.start_child(line)  # type: ignore[arg-type]  # no spec


def copies_have_it_too() -> None:
    assert_type(PartitionSupervisor.start(ChildSpec("a", line), 4), PartitionSupervisor[Line])
    assert_type(PartitionSupervisor.start(numbered), PartitionSupervisor[Line])
    assert_type(PartitionSupervisor.start(numbered).partition("ada"), Line)
    parts = PartitionSupervisor.start(ChildSpec("d", DynamicSupervisor.start))
    assert_type(parts.partition(("user", 1)).start_child(ChildSpec("a", line)), Line)
    assert_type(PartitionSupervisor[Supervisor]("by name").partition(1), Supervisor)
    PartitionSupervisor.start(line)  # type: ignore[arg-type]  # takes no index


def tasks_have_the_type_of_their_function(tasks: TaskSupervisor) -> None:
    assert_type(tasks.run(length, "a"), AsyncComputation[int])
    assert_type(tasks.run(shout, "a", 2, link=False, deadline=1.0), AsyncComputation[str])
    assert_type(tasks.run(length, "a").result(1.0), int)
    assert_type(tasks.run(length, "a").wait(), OutcomeOf[int])
    tasks.run(length, 1)  # type: ignore[arg-type]  # not a text
    tasks.run(length)  # type: ignore[arg-type]  # too few


def results_of_map_have_it(tasks: TaskSupervisor) -> None:
    assert_type(tasks.map(length, ["a", "b"], limit=2, timeout=1.0), Generator[int])
    assert_type(list(tasks.map(length, iter("ab"))), list[int])
    tasks.map(length, [1, 2])  # type: ignore[arg-type]  # not texts


def test_what_comes_back_is_what_the_checkers_were_told() -> None:
    with TaskSupervisor.start() as tasks:
        assert tasks.run(shout, "a", 2).result() == "aa"
        assert list(tasks.map(length, ["a", "bb"])) == [1, 2]
