"""A program that is killed: `python -m tests.durable.runs.shop STORE WORLD`. Thirty orders, driven at once to their ends.

It says `ready`, then `taken ORDER TOKEN` for each answer that was taken, and `done` at last. An operation whose answer was
on disk when the process began, and that is performed all the same, is a line `again KEY`.
"""

import os
import sys
from pathlib import Path

from actors import Prompt, Suspend, ask
from actors.computation import StaleTokenError
from actors.durable import DurableRuns, SqliteStore, current_operation
from actors.effects import fresh, operation, state
from actors.runtime import Down, receive, spawn

ORDERS = 30
ITEMS = 3

answered: set[str] = set()  # the keys of the operations whose answers were on disk at the beginning


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


@operation
def charge(item: str) -> str:
    key = current_operation().key
    if key in answered:
        say("again", key)
    with Path(sys.argv[2]).open("a", encoding="utf-8") as world:
        world.write(f"{key} {item}\n")
    return f"charged {item}"


def order(number: int) -> tuple[int, list[str], int, str]:
    charged: list[str] = []
    with state.holding(0) as cell:
        name = str(fresh.uuid4())
        for item in range(ITEMS):
            answer = ask(Prompt(f"{number}.{item}"))
            charged.append(charge(f"{number} {answer}"))
            state.modify(one_more)
        return number, charged, cell.value, name


def one_more(count: int) -> int:
    return count + 1


def drive(runs: DurableRuns, number: int) -> None:
    id_ = f"order-{number}"
    runs.start_or_attach(order, number, id=id_)
    while isinstance(outcome := runs.wait(id_, 30), Suspend):
        try:
            runs.resume(id_, f"answer to {outcome.value.name}", token=outcome.token)
        except StaleTokenError:
            continue
        say("taken", id_, outcome.token)


def main() -> None:
    store = SqliteStore(sys.argv[1])
    for number in range(ORDERS):
        answered.update(keys_answered(store, f"order-{number}"))
    runs = DurableRuns(store, [order], max_attempts=100)
    say("ready")
    for number in range(ORDERS):
        spawn(drive, runs, number, link=False, monitor=True)
    for _ in range(ORDERS):
        down = receive(60, match=lambda message: isinstance(message, Down))
        say("end", down.reason)
    say("done")
    runs.close()
    store.close()


def keys_answered(store: SqliteStore, id_: str) -> list[str]:
    """Return the keys of a run's operations whose answers are in its log."""
    from actors.durable.rows import ANSWER, Past  # noqa: PLC0415

    past = Past(store.log(id_))
    return [f"{id_}:{found.start}" for found in past.at.values() if found.kind == ANSWER and found.start >= 0]


if __name__ == "__main__":
    main()
