"""The public signatures, as the type checkers see them.

`make check` runs mypy and pyright over this file: an `assert_type` that is wrong is an error there, and so is an ignore
that one of them does not need (pyright honours `type: ignore` too). The functions are checked and not called; those that
can be are called as well, by the tests below.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from typing import Any, assert_never, assert_type

from actors import AsyncComputation, Op, Prompt, Question, ask, handling, operation, parallel, perform, race
from actors.effects import clock, events, fresh, randomness, reader, state, writer
from actors.effects.scope import Installed
from actors.effects.state import Cell
from actors.outcomes import Cancelled, Completed, FinalOutcome, FinalOutcomeOf, Outcome, OutcomeOf, Suspend, Throw
from actors.runtime import ActorRef, kill
from actors.server import Call, Request, Server, call, cast
from actors.testing import answering


class Plan:
    pass


class AskPlan(Question[Plan]):
    text: str


class Fetch(Op[bytes]):
    url: str


class Tenant:
    pass


class User:
    pass


class Admin(User):
    pass


@operation
def create_user(name: str, *, age: int = 0) -> User:
    return User()


def onboarding() -> User:
    return create_user("Ada")


def shout(text: str, times: int) -> str:
    return text * times


def answers_have_the_type_of_the_question() -> None:
    assert_type(ask(AskPlan("which?")), Plan)
    assert_type(ask(AskPlan("which?"), timeout=1.0), Plan)
    assert_type(ask(Prompt("name")), str)
    assert_type(perform(Fetch("x")), bytes)


def runs_have_the_type_of_the_computation() -> None:
    runner = AsyncComputation.start(onboarding)
    assert_type(runner, AsyncComputation[User])
    assert_type(runner.result(), User)
    assert_type(runner.wait(), OutcomeOf[User])
    assert_type(runner.resume_sync("a"), OutcomeOf[User])
    assert_type(runner.cancel_sync(), FinalOutcomeOf[User])
    assert_type(runner.outcome, OutcomeOf[User] | None)
    assert_type(AsyncComputation.start(shout, "a", 2), AsyncComputation[str])
    assert_type(AsyncComputation.start_sync(onboarding), tuple[AsyncComputation[User], OutcomeOf[User]])
    assert_type(AsyncComputation.start_sync(shout, "a", 2, tag="t")[0].result(), str)
    for suspend in runner.suspends():
        assert_type(suspend, Suspend)
    with AsyncComputation.start(onboarding) as run:
        assert_type(run, AsyncComputation[User])


def an_outcome_has_the_value_of_its_computation() -> None:
    runner, first = AsyncComputation.start_sync(onboarding)
    for outcome in (first, runner.wait(), runner.resume_sync("a"), runner.cancel_sync()):
        match outcome:
            case Completed(user):
                assert_type(user, User)
            case Suspend() | Throw() | Cancelled():
                pass
            case _:
                assert_never(outcome)


def outcomes_of_any_run_are_annotated_without_a_type(runner: AsyncComputation[User]) -> None:
    outcome: Outcome = runner.wait()
    final: FinalOutcome = runner.cancel_sync()
    for other in (outcome, final):
        takes_any(other)


def takes_any(outcome: Outcome) -> None:
    match outcome:
        case Completed(value):
            assert_type(value, Any)
        case _:
            pass


def a_runner_is_not_made_by_hand() -> None:
    AsyncComputation(onboarding)  # type: ignore[arg-type, call-arg]  # start makes it
    AsyncComputation(shout, "a", 2)  # type: ignore[arg-type, call-arg]  # the same


def number() -> int:
    return 1


def text() -> str:
    return ""


def parallel_keeps_each_type() -> None:
    assert_type(parallel(number, text), tuple[int, str])
    assert_type(parallel(number, text, number), tuple[int, str, int])
    assert_type(parallel(number, text, number, text), tuple[int, str, int, str])
    assert_type(parallel(*[number]), tuple[int, ...])
    assert_type(race(number, number), int)


def an_operation_keeps_its_signature() -> None:
    assert_type(create_user("Ada", age=3), User)
    create_user(3)  # type: ignore[arg-type]  # a name is a text
    create_user("Ada", 3)  # type: ignore[call-arg]  # the age is keyword-only
    create_user()  # type: ignore[call-arg]  # there is no name


def a_handler_fits_what_it_handles() -> None:
    def fake(name: str, *, age: int = 0) -> User:
        return User()

    def other(name: int) -> User:
        return User()

    def without_age(name: str) -> User:
        return User()

    def wider(name: str | None, *, age: int = 0, plan: str = "") -> Admin:
        return Admin()

    def anything(*args: object, **kwargs: object) -> User:
        return User()

    def nobody(name: str, *, age: int = 0) -> None:
        return None

    def fetch(op: Fetch) -> bytes:
        return op.url.encode()

    def plan(op: AskPlan) -> Plan:
        return Plan()

    assert_type(handling(create_user, fake), Installed[None])
    assert_type(handling(Fetch, fetch), Installed[None])
    assert_type(handling(create_user, wider), Installed[None])
    assert_type(handling(create_user, anything), Installed[None])
    assert_type(handling(create_user, lambda name, *, age=0: User()), Installed[None])
    handling(create_user, other)  # type: ignore[misc]  # other arguments
    handling(create_user, without_age)  # type: ignore[misc]  # a call may give the age
    handling(create_user, nobody)  # type: ignore[misc]  # another answer
    handling(Fetch, plan)  # type: ignore[arg-type]  # another operation


def a_computation_is_started_with_its_own_arguments() -> None:
    AsyncComputation.start(shout, "a")  # type: ignore[arg-type]  # too few
    AsyncComputation.start(shout, "a", "b")  # type: ignore[arg-type]  # not a number
    AsyncComputation.start(onboarding, 1)  # type: ignore[arg-type]  # too many


def ask_takes_questions_only() -> None:
    ask(Fetch("x"))  # type: ignore[arg-type]  # an operation, not a question
    perform("x")  # type: ignore[arg-type]  # no operation at all
    AskPlan()  # type: ignore[call-arg]  # a field is missing
    AskPlan("which?").text = "x"  # type: ignore[misc]  # it is frozen


def the_standard_effects_are_typed() -> None:
    assert_type(reader.get(Tenant), Tenant)
    assert_type(reader.get(), Any)
    assert_type(state.get(int), int)
    assert_type(state.get("name"), Any)
    with state.holding(0) as cell:
        assert_type(cell, Cell[int])
        assert_type(cell.value, int)
    with reader.reading(Tenant(), name=Tenant) as tenant:
        assert_type(tenant, Tenant)
    with writer.collected() as told, events.collected() as emitted:
        assert_type((told, emitted), tuple[list[Any], list[Any]])
    assert_type(randomness.element(["a"]), str)
    assert_type(randomness.shuffle([1]), list[int])
    assert_type(fresh.uuid7().hex, str)
    assert_type(clock.now(), float)


class Push(Request[int]):
    item: str


class Stack(Server):
    def __init__(self, first: str) -> None:
        self.items = [first]

    def handle_call(self, request: Push | str, call: Call) -> int | list[str]:
        match request:
            case Push(item):
                self.items.append(item)
                return len(self.items)
            case str():
                return self.items


def calls_have_the_type_of_the_request() -> None:
    stack = Server.start(Stack, "a", name="stack")
    assert_type(stack, ActorRef)
    assert_type(call(stack, Push("b")), int)
    assert_type(call("stack", Push("b"), timeout=1.0), int)
    assert_type(call(stack, "anything"), Any)
    cast(stack, Push("b"))


def servers_are_started_with_their_own_arguments() -> None:
    Server.start(Stack)  # type: ignore[arg-type]  # too few
    Server.start(Stack, 1)  # type: ignore[arg-type]  # not a text
    Server.start(len, [])  # type: ignore[arg-type]  # makes no server
    Push()  # type: ignore[call-arg]  # a field is missing
    call(3, Push("b"))  # type: ignore[call-overload]  # neither a ref nor a name


def test_calls_return_what_the_checkers_were_told() -> None:
    stack = Server.start(Stack, "a", link=False)
    assert call(stack, Push("b")) == 2
    assert call(stack, "anything") == ["a", "b"]
    kill(stack)


def test_answers_have_the_type_that_the_checkers_were_told() -> None:
    with answering(plan := Plan(), "Ada"):
        assert ask(AskPlan("which?")) is plan
        assert ask(Prompt("name")) == "Ada"


def test_parallel_gives_as_many_results_as_the_checkers_were_told() -> None:
    parallel_keeps_each_type()
    assert parallel(number, text) == (1, "")


def test_what_a_type_names_is_what_comes_back() -> None:
    tenant = Tenant()
    with reader.reading(tenant, name=Tenant), state.holding(7, name=int):
        assert reader.get(Tenant) is tenant
        assert state.get(int) == 7
    assert isinstance(AsyncComputation.start(onboarding).result(), User)
