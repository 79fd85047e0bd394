"""A process killed with -9 at random points: nothing that was acknowledged is lost, nothing answered is done again."""

import random
import select
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from actors.durable import SqliteStore
from actors.durable.rows import ANSWER, Past
from actors.durable.runs import DurableRuns
from tests.console.command import PATIENCE
from tests.durable.runs.shop import ITEMS, ORDERS, order

pytestmark = pytest.mark.sentence("D2", "D3", "D5")

KILLS = 20


class Shop:
    """The program, in a process of its own, and what it said."""

    def __init__(self, store: Path, world: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.durable.runs.shop", str(store), str(world)], stdout=subprocess.PIPE, bufsize=0
        )
        self.said: list[str] = []
        self.rest = b""

    def read(self, until: Callable[[str], bool]) -> None:
        """Read until a line, or the end."""
        assert self.process.stdout is not None
        while True:
            ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            assert ready, f"it said nothing for {PATIENCE} seconds; the last: {self.said[-3:]}"
            data = self.process.stdout.read(65536)
            *lines, self.rest = (self.rest + data).split(b"\n")
            self.said += [line.decode() for line in lines]
            if not data or any(until(line.decode()) for line in lines):
                return

    def kill_after(self, taken: int) -> bool:
        """Kill it once it has said so often that an answer was taken; return False if it was done before."""
        left = [taken]

        def enough(line: str) -> bool:
            left[0] -= line.startswith("taken")
            return left[0] <= 0 or line == "done"

        self.read(enough)
        self.process.kill()
        self.read(lambda _: False)  # what was in the pipe
        self.process.wait(PATIENCE)
        self.process.stdout.close()  # type: ignore[union-attr]  # it is a pipe
        return self.said[-1:] != ["done"]


def test_killed_at_random(tmp_path: Path) -> None:
    """The seed of a failure is in the message of the assertion; `make soak` does a thousand."""
    killed = 0
    for number in range(KILLS):
        if killed < KILLS:
            folder = tmp_path / str(number)
            folder.mkdir()
            killed += killed_at_random(folder, random.randrange(10_000), KILLS - killed)
    assert killed == KILLS


def killed_at_random(folder: Path, seed: int, kills: int) -> int:
    """Kill a shop again and again, check all, and return how often it was killed before it was done."""
    dice = random.Random(seed)
    store, world = folder / "shop.db", folder / "world"
    taken: set[str] = set()
    said: list[str] = []
    killed = 0
    while killed < kills:
        shop = Shop(store, world)
        alive = shop.kill_after(dice.randrange(1, 8))
        killed += alive
        taken |= {line for line in shop.said if line.startswith("taken")}
        said += shop.said
        if not alive:
            break
    last = Shop(store, world)
    last.read(lambda line: line == "done")
    assert last.process.wait(PATIENCE) == 0
    last.process.stdout.close()  # type: ignore[union-attr]  # it is a pipe
    said += last.said
    assert [line for line in said if line.startswith("again")] == [], seed
    assert {line for line in said if line.startswith("end")} == {"end Normal()"}, seed
    assert_nothing_lost(store, world, taken, seed, killed)
    return killed


def assert_nothing_lost(path: Path, world: Path, taken: set[str], seed: int, kills: int) -> None:
    """Check the store and the world after all."""
    done = Counter(world.read_text(encoding="utf-8").splitlines())
    assert len(done) == ORDERS * ITEMS, seed
    assert len({line.split()[0] for line in done}) == ORDERS * ITEMS, seed
    assert sum(done.values()) - len(done) <= kills * ORDERS, seed
    store = SqliteStore(path)
    with DurableRuns(store, [order]) as runs:
        for number in range(ORDERS):
            outcome = runs.wait(f"order-{number}", 5)
            answers = [f"charged {number} answer to {number}.{item}" for item in range(ITEMS)]
            assert outcome.value[:3] == (number, answers, ITEMS), seed  # type: ignore[union-attr]  # else it fails
            assert tokens_taken(taken, number) <= answered(store, number), seed
    store.close()


def tokens_taken(taken: set[str], number: int) -> set[int]:
    """The tokens of the answers of which the program was told that they were taken."""
    return {int(line.split()[2]) for line in taken if line.split()[1] == f"order-{number}"}


def answered(store: SqliteStore, number: int) -> set[int]:
    """The tokens of the questions that have an answer in the store."""
    past = Past(store.log(f"order-{number}"))
    return {found.start for found in past.at.values() if found.kind == ANSWER}
