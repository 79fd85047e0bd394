"""The recipe that the library was started from, line by line: each test is named after its line."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, assert_never
from uuid import UUID

import pytest

from actors import (
    AsyncComputation,
    Cancelled,
    Completed,
    ComputationEvent,
    Op,
    Prompt,
    Question,
    Suspend,
    Throw,
    ask,
    handling,
    operation,
    perform,
    receive,
    spawn,
)
from actors.computation import FinishedError, LegTimeoutError, OwnerEnded
from actors.effects import clock, decorating, events, fresh, reader
from actors.exits import NORMAL, Crash
from actors.outcomes import FinalOutcome, Outcome
from actors.testing import ManualClock, Probe, answering, settle


class Plan(Enum):
    FREE = "free"
    PRO = "pro"


class AskPlan(Question[Plan]):
    options: tuple[Plan, ...] = tuple(Plan)


@dataclass(frozen=True)
class Tenant:
    id: str


@dataclass(frozen=True)
class User:
    id: UUID
    tenant: str
    name: str
    email: str
    plan: Plan


@dataclass(frozen=True)
class UserOnboarded:
    id: UUID


class Store(Op[None]):
    user: User


@operation
def create_user(name: str, email: str, plan: Plan) -> User:
    user = User(fresh.uuid7(), reader.get(Tenant).id, name, email, plan)
    perform(Store(user))
    return user


def onboarding() -> User:
    name = ask(Prompt("name"))
    email = ask(Prompt("email"))
    plan = ask(AskPlan())
    user = create_user(name, email, plan)
    events.emit(UserOnboarded(user.id))
    return user


class Mode(Enum):
    PRODUCTION = auto()
    TEST = auto()


DATABASE: list[User] = []
BUS: list[object] = []


@contextmanager
def stack(mode: Mode, tenant: str, saved: list[User], emitted: list[object]) -> Generator[None]:
    with reader.reading(Tenant(tenant), name=Tenant):
        match mode:
            case Mode.PRODUCTION:
                with (
                    handling(Store, lambda store: DATABASE.append(store.user)),
                    events.publishing(BUS.append),
                ):
                    yield
            case Mode.TEST:
                with (
                    fresh.numbered(),
                    handling(Store, lambda store: saved.append(store.user)),
                    events.publishing(emitted.append),
                ):
                    yield


ADA = User(UUID(int=1), "t1", "Ada", "ada@example.org", Plan.PRO)
ANSWERS = ("Ada", "ada@example.org", "pro")


class InTest:
    """The stack in test mode, and what it caught."""

    def __init__(self, tenant: str = "t1") -> None:
        self.tenant = tenant
        self.saved: list[User] = []
        self.emitted: list[object] = []

    def __call__(self) -> Any:
        return stack(Mode.TEST, self.tenant, self.saved, self.emitted)


@pytest.fixture
def caught() -> InTest:
    return InTest()


def described(outcome: Outcome) -> str:
    """Every outcome, in one match that the type checkers close."""
    match outcome:
        case Suspend(question):
            return f"asks {question.name if isinstance(question, Prompt) else type(question).__name__}"
        case Completed(value):
            return f"completed {value}"
        case Throw(error):
            return f"threw {error}"
        case Cancelled(reason):
            return f"cancelled for {reason}"
        case _:
            assert_never(outcome)


def through(runner: AsyncComputation[Any], outcome: Outcome, *answers: object) -> Outcome:
    for answer in answers:
        assert isinstance(outcome, Suspend)
        outcome = runner.resume_sync(answer)
    return outcome


def two_steps(end: Callable[[], object]) -> object:
    ask(Prompt("go"))
    return end()


def boom() -> None:
    raise ValueError("boom")


# -- the lines


def test_start_returns_a_runner_at_once_and_the_first_question_comes_as_an_event(caught: InTest) -> None:
    runner = AsyncComputation.start(onboarding, tag="wizard", handlers=caught)
    assert runner.state == "running"
    match receive(1.0):
        case ComputationEvent("wizard", Suspend(Prompt(name="name")), from_runner):
            assert from_runner is runner
        case other:
            pytest.fail(f"{other}")
    runner.cancel_sync()


def answer_seven(runner: AsyncComputation[object]) -> Outcome:
    return runner.resume_sync(7)


def answer_nothing(runner: AsyncComputation[object]) -> Outcome:
    return runner.resume_sync(None)


def call_it_off(runner: AsyncComputation[object]) -> Outcome:
    return runner.cancel_sync("enough")


@pytest.mark.parametrize(
    ("end", "last"),
    [(answer_seven, "completed 7"), (answer_nothing, "threw boom"), (call_it_off, "cancelled for enough")],
)
def test_all_four_outcomes_are_told_apart_in_one_match(
    end: Callable[[AsyncComputation[object]], Outcome], last: str
) -> None:
    def body() -> object:
        answer = ask(Prompt("go"))
        if not answer:
            raise ValueError("boom")
        return answer

    runner, first = AsyncComputation.start_sync(body)
    assert described(first) == "asks go"
    assert described(end(runner)) == last


def test_resume_delivers_the_answer_and_the_next_outcome_comes_as_an_event(caught: InTest) -> None:
    runner = AsyncComputation.start(onboarding, tag="wizard", handlers=caught)
    seen: list[str] = []
    for answer in ANSWERS:
        event = receive(1.0)
        seen.append(described(event.outcome))
        runner.resume(answer)
    assert receive(1.0) == ComputationEvent("wizard", Completed(ADA), runner)
    assert seen == ["asks name", "asks email", "asks AskPlan"]


def test_cancel_ends_it_with_one_event_that_has_the_reason(caught: InTest) -> None:
    runner = AsyncComputation.start(onboarding, tag="wizard", handlers=caught)
    receive(1.0)
    runner.cancel("the user left")
    assert receive(1.0) == ComputationEvent("wizard", Cancelled("the user left"), runner)
    with pytest.raises(TimeoutError):
        receive(0)


def test_start_sync_returns_the_runner_and_the_first_outcome(caught: InTest) -> None:
    runner, outcome = AsyncComputation.start_sync(onboarding, handlers=caught)
    assert described(outcome) == "asks name"
    assert described(through(runner, outcome, *ANSWERS)) == f"completed {ADA}"


def test_resume_sync_with_a_timeout_raises_when_it_is_over_and_the_outcome_comes_as_an_event() -> None:
    with ManualClock() as time:
        runner, _ = AsyncComputation.start_sync(two_steps, lambda: clock.sleep(10), tag="slow")
        waiter: AsyncComputation[Outcome] = AsyncComputation.start(runner.resume_sync, "yes", owner=Probe().ref)
        time.advance(5.0)
        with pytest.raises(LegTimeoutError) as caught:
            waiter.result()
        assert caught.value.runner is runner
        time.advance(5.0)
    assert receive(0) == ComputationEvent("slow", Completed(None), runner)


def test_a_finished_runner_refuses_to_be_resumed_and_says_how_it_ended() -> None:
    runner, _ = AsyncComputation.start_sync(lambda: 7)
    with pytest.raises(FinishedError) as caught:
        runner.resume_sync("late")
    assert caught.value.outcome == Completed(7)


def started_by_an_actor(link: bool, runners: list[AsyncComputation[User]], handlers: InTest) -> None:
    runners.append(AsyncComputation.start(onboarding, link=link, handlers=handlers))


def test_a_linked_computation_is_cancelled_when_its_owner_ends(caught: InTest) -> None:
    runners: list[AsyncComputation[User]] = []
    spawn(started_by_an_actor, True, runners, caught)
    settle()
    assert runners[0].outcome == Cancelled(OwnerEnded(NORMAL))


def test_an_unlinked_computation_outlives_its_owner(caught: InTest) -> None:
    runners: list[AsyncComputation[User]] = []
    spawn(started_by_an_actor, False, runners, caught)
    settle()
    (runner,) = runners
    assert runner.outcome is not None
    assert described(runner.outcome) == "asks name"
    assert through(runner, runner.outcome, *ANSWERS) == Completed(ADA)


def test_an_exception_is_a_throw_with_the_exception_itself() -> None:
    error = ValueError("boom")

    def fail() -> None:
        raise error

    probe = Probe()
    runner = AsyncComputation.start(two_steps, fail, owner=probe.ref)
    probe.expect(ComputationEvent)
    runner.resume("yes")
    outcome = probe.expect(ComputationEvent).outcome
    assert isinstance(outcome, Throw)
    assert outcome.error is error
    assert error.__traceback__ is not None


def test_a_throw_leaves_its_owner_alive() -> None:
    def owner() -> str:
        runner, _ = AsyncComputation.start_sync(two_steps, boom)
        outcome = runner.resume_sync("yes")
        assert isinstance(outcome, Throw)
        return "alive"

    assert AsyncComputation.start(owner).result(1.0) == "alive"


def test_leave_scope_runs_on_cancel_innermost_first_and_may_perform_operations() -> None:
    left: list[object] = []

    @contextmanager
    def scope(name: str) -> Generator[None]:
        try:
            yield
        finally:
            left.append((name, reader.get(Tenant).id))

    def body() -> None:
        with reader.reading(Tenant("t1"), name=Tenant), scope("outer"), scope("inner"):
            ask(Prompt("go"))

    runner, _ = AsyncComputation.start_sync(body)
    assert left == []
    assert runner.cancel_sync("enough") == Cancelled("enough")
    assert left == [("inner", "t1"), ("outer", "t1")]


@pytest.mark.parametrize(
    ("last", "outcome"),
    [(lambda: 7, Completed), (boom, Throw)],
    ids=["return", "throw"],
)
def test_leave_scope_runs_on_return_and_on_throw_as_well(last: Callable[[], object], outcome: type[FinalOutcome]) -> None:
    left: list[str] = []

    def body() -> object:
        try:
            return two_steps(last)
        finally:
            left.append("scope")

    runner, _ = AsyncComputation.start_sync(body)
    assert isinstance(runner.resume_sync("yes"), outcome)
    assert left == ["scope"]


def test_a_suspension_leaves_no_scope() -> None:
    left: list[str] = []

    def body() -> None:
        try:
            ask(Prompt("go"))
            ask(Prompt("on"))
        finally:
            left.append("scope")

    runner, _ = AsyncComputation.start_sync(body)
    runner.resume_sync("yes")
    assert left == []
    runner.resume_sync("yes")
    assert left == ["scope"]


def test_suspend_data_is_filled_by_the_scopes_at_each_suspension() -> None:
    step = iter(range(1, 4))

    def body() -> None:
        ask(Prompt("bare"))
        with decorating("step", lambda: next(step)), decorating("title", lambda: "outer"):
            ask(Prompt("one"))
            with decorating("title", lambda: "inner"):
                ask(Prompt("two"))

    runner, outcome = AsyncComputation.start_sync(body)
    data: list[dict[str, object]] = []
    while isinstance(outcome, Suspend):
        data.append(outcome.data)
        outcome = runner.resume_sync("")
    assert data == [{}, {"step": 1, "title": "outer"}, {"step": 2, "title": "inner"}]


def test_the_event_accumulator_collects_what_the_computation_emits_in_order() -> None:
    def body() -> list[object]:
        with events.collected() as emitted:
            for name in ("first", "second"):
                events.emit((name, ask(Prompt(name))))
        return emitted

    runner, outcome = AsyncComputation.start_sync(body)
    assert through(runner, outcome, "1", "2") == Completed([("first", "1"), ("second", "2")])


def test_the_handler_stack_is_chosen_by_mode_and_tenant(caught: InTest) -> None:
    runner, outcome = AsyncComputation.start_sync(onboarding, handlers=caught)
    through(runner, outcome, *ANSWERS)
    assert (caught.saved, caught.emitted) == ([ADA], [UserOnboarded(ADA.id)])
    assert not DATABASE
    assert not BUS

    runner, outcome = AsyncComputation.start_sync(
        onboarding, handlers=lambda: stack(Mode.PRODUCTION, "t2", caught.saved, caught.emitted)
    )
    try:
        completed = through(runner, outcome, *ANSWERS)
        assert isinstance(completed, Completed)
        assert completed.value.tenant == "t2"
        assert completed.value.id.version == 7
        assert [completed.value] == DATABASE
        assert [UserOnboarded(completed.value.id)] == BUS
    finally:
        DATABASE.clear()
        BUS.clear()
    assert len(caught.saved) == 1


def test_two_runs_with_one_stack_share_nothing() -> None:
    first, second = InTest("t1"), InTest("t2")
    runners = [AsyncComputation.start_sync(onboarding, handlers=stack)[0] for stack in (first, second)]
    for answer in ANSWERS:
        for runner in runners:
            runner.resume_sync(answer)
    assert [runner.result() for runner in runners] == [ADA, User(UUID(int=1), "t2", *ANSWERS[:2], Plan.PRO)]
    assert [len(stack.saved) for stack in (first, second)] == [1, 1]


def test_the_computation_is_a_plain_function_that_a_test_just_calls(caught: InTest) -> None:
    with caught(), answering(*ANSWERS) as asked:
        assert onboarding() == ADA
    assert asked == [Prompt("name"), Prompt("email"), AskPlan()]


def test_the_exit_reason_of_a_run_that_threw_is_the_crash_with_its_error() -> None:
    probe = Probe()
    runner = AsyncComputation.start(boom, owner=probe.ref)
    assert isinstance(probe.expect(ComputationEvent).outcome, Throw)
    settle()
    assert isinstance(runner.reason, Crash)
