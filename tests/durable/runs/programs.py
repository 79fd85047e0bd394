"""Random programs for durable runs, as data, and the one computation that carries them out."""

from typing import Any

from hypothesis import strategies as st

from actors import Prompt, ask, notify
from actors.effects import Operation, clock, events, fresh, operation, parallel, randomness, state
from tests.durable.runs.world import World

WORLDS: list[World] = []


@operation
def deed(what: str) -> str:
    return WORLDS[0].do(what).rsplit(" ", 1)[0]


@operation(idempotent=True)
def again(what: str) -> str:
    return WORLDS[0].do(what).rsplit(" ", 1)[0]


@operation
def fails(what: str) -> None:
    WORLDS[0].do(what)
    raise LookupError(what)


@operation(in_process=True)
def inside(number: int) -> int:
    return number + 1


def steps(depth: int) -> st.SearchStrategy[Any]:
    """One step."""
    simple = st.sampled_from(
        ["ask", "deed", "again", "state", "event", "fresh", "random", "now", "sleep", "fails", "notify", "inside", "throw"]
    ).map(lambda kind: (kind,))
    if depth == 0:
        return simple
    inner = st.lists(steps(depth - 1), max_size=3)
    return st.one_of(
        simple,
        st.tuples(st.just("loop"), st.integers(0, 3), inner),
        st.tuples(st.just("try"), inner, inner),
        st.tuples(st.just("branch"), inner, inner),
        st.tuples(st.just("parallel"), inner, inner),
    )


PROGRAMS = st.lists(steps(2), max_size=5)


class Interpreter:
    """Carries a program out, and keeps what it saw."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def run(self, program: Any, path: str) -> None:
        for number, step in enumerate(program):
            self.step(step, f"{path}.{number}")

    def tried(self, program: Any, path: str) -> None:
        """One branch. It keeps its errors: whether the other was asked something by then would be a matter of chance."""
        try:
            self.run(program, path)
        except LookupError as error:
            self.seen.append(f"{error}")

    def step(self, step: Any, path: str) -> None:
        match step:
            case ("loop", times, inner):
                for turn in range(times):
                    self.run(inner, f"{path}.{turn}")
            case ("try", inner, cleanup):
                try:
                    self.run(inner, f"{path}.body")
                except LookupError as error:
                    self.seen.append(f"{error}")
                finally:
                    self.run(cleanup, f"{path}.finally")
            case ("branch", left, right):
                chosen = left if ask(Prompt(f"{path}.which")) < "m" else right
                self.run(chosen, f"{path}.chosen")
            case ("parallel", left, right):
                parallel(lambda: self.tried(left, f"{path}.left"), lambda: self.tried(right, f"{path}.right"))
            case (kind,):
                getattr(self, kind)(path)
            case _:
                raise AssertionError(step)

    def ask(self, path: str) -> None:
        self.seen.append(ask(Prompt(path)))

    def deed(self, path: str) -> None:
        self.seen.append(deed(path))

    def again(self, path: str) -> None:
        self.seen.append(again(path))

    def fails(self, path: str) -> None:
        fails(path)

    def throw(self, path: str) -> None:
        raise LookupError(path)

    def inside(self, path: str) -> None:
        self.seen.append(inside(len(path)))

    def state(self, path: str) -> None:
        if ".left" in path or ".right" in path:
            return
        state.put(state.get() + 1)
        self.seen.append(state.get())

    def event(self, path: str) -> None:
        events.emit(path)

    def fresh(self, path: str) -> None:
        identity = fresh.uuid4()
        deed(f"{identity.version} {path}")

    def random(self, path: str) -> None:
        self.seen.append(randomness.integer(1, 1))

    def now(self, path: str) -> None:
        self.seen.append(clock.now() > 0)

    def sleep(self, path: str) -> None:
        clock.sleep(0.0)

    def notify(self, path: str) -> None:
        notify(path)


def carried_out(program: Any) -> Any:
    """The computation: what was seen and emitted, and what state came of it."""
    interpreter = Interpreter()
    with state.holding(0) as cell, events.collected() as emitted:
        interpreter.run(program, "p")
        return sorted(map(str, interpreter.seen)), cell.value, sorted(map(str, emitted))


OPERATIONS: list[Operation[Any, Any]] = [deed, again, fails]
