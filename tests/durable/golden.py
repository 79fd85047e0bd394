"""The computations of the golden logs. They are never changed: logs that this version wrote have to replay for ever.

`python -c 'from tests.durable import golden; golden.main()'` writes the logs of those that have none yet.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from actors import Prompt, Suspend, ask, notify
from actors.durable import DurableRuns, MemoryStore, changed
from actors.durable.rows import KINDS
from actors.effects import clock, events, fresh, operation, parallel, randomness, state
from actors.ops import Question
from actors.testing import settle

FOLDER = Path(__file__).parent.parent / "golden"


class Amount(Question[int]):
    """A question of one's own."""

    text: str
    options: tuple[int, ...] = (1, 2, 3)


@operation
def account(name: str, *, admin: bool = False) -> dict[str, Any]:
    return {"name": name, "admin": admin, "roles": ("a", "b"), "tags": {1, 2}}


@operation(idempotent=True)
def greeting(name: str) -> bytes:
    return name.encode()


@operation
def unavailable() -> None:
    raise LookupError("not today")


def wizard(title: str) -> Any:
    with state.holding({"n": 1}) as cell, events.collected() as emitted:
        name = ask(Prompt("name", "Your name?"))
        held: dict[str, int] = state.get()
        state.put({**held, name: 1})
        made = account(name, admin=True)
        events.emit(made["name"])
        amount = ask(Amount("how many"), timeout=1e9)
        return title, made, amount, greeting(name), cell.value, emitted


def all_effects() -> Any:
    identity, ordered = fresh.uuid4(), fresh.uuid7()
    numbers = randomness.number(), randomness.integer(1, 6), randomness.element("abc"), randomness.shuffle([1, 2, 3])
    notify({"begun": clock.now() > 0})
    clock.sleep(0.0)
    try:
        unavailable()
    except LookupError as error:
        return identity.version, ordered.version, len(numbers), str(error), changed("nothing")
    return None


def branches() -> Any:
    def branch(name: str) -> tuple[str, int]:
        with state.holding(0):
            state.put(len(ask(Prompt(name))))
            return greeting(name).decode(), state.get()

    return parallel(lambda: branch("left"), lambda: branch("right"), lambda: parallel(lambda: branch("inner")))


def cancelled() -> Any:
    try:
        with state.holding(1):
            ask(Prompt("sure"))
    finally:
        greeting("clean-up")


def pending() -> Any:
    return account("x"), ask(Prompt("first")), ask(Prompt("second"))


PROGRAMS: list[tuple[Callable[..., Any], tuple[Any, ...], list[Any]]] = [
    (wizard, ("Dr",), ["Ada", 2]),
    (all_effects, (), []),
    (branches, (), ["1", "22", "333"]),
    (cancelled, (), [None]),
    (pending, (), ["one"]),
]


def file_of(fn: Callable[..., Any]) -> Path:
    """Where its log is."""
    return FOLDER / f"durable_{fn.__name__}.json"


def written(fn: Callable[..., Any], args: tuple[Any, ...], answers: list[Any]) -> list[tuple[int, bytes]]:
    """Run it, and return its log; None as an answer cancels."""
    store = MemoryStore()
    with DurableRuns(store, [fn], poll=60.0) as runs:
        run = runs.start(fn, *args, id="golden")
        for answer in answers:
            outcome: Any = run.wait(5)
            assert isinstance(outcome, Suspend)
            if answer is None:
                run.cancel("enough")
            else:
                run.resume(answer, token=outcome.token)
        run.wait(5)
        settle()
        return [(row.kind, row.payload) for row in store.log("golden")]


def main() -> None:
    for fn, args, answers in PROGRAMS:
        if not file_of(fn).exists():
            rows = [[KINDS[kind], payload.hex()] for kind, payload in written(fn, args, answers)]
            file_of(fn).write_text(json.dumps(rows, indent=1) + "\n")
