"""`python -m tests.soak.kills [--kills N] [--seed S]`: a shop of durable runs, killed with -9 a thousand times.

Each shop is killed at random points until it is done, and then another is opened. After each: every answer that was taken
is on disk, no operation is performed again whose answer was, and all orders come to their ends.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.durable.runs.shop import say
from tests.durable.runs.test_killed import killed_at_random

KILLS = 1000
AT_ONCE = 20  # kills of one shop at most
EVERY = 100  # kills between two lines of output


def main() -> int:
    """Kill, check, and report."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.kills", description="Durable runs, killed with -9.")
    parser.add_argument("--kills", type=int, default=KILLS, help="how often (default 1000)")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="of the points")
    chosen = parser.parse_args()
    dice = random.Random(chosen.seed)
    began, done, shops, told = time.monotonic(), 0, 0, 0
    say(f"kills: seed {chosen.seed}")
    while done < chosen.kills:
        with tempfile.TemporaryDirectory() as folder:
            done += killed_at_random(Path(folder), dice.randrange(1_000_000), min(AT_ONCE, chosen.kills - done))
        shops += 1
        if done - told >= EVERY:
            told = done
            say(f"kills: {done} of {chosen.kills}, {shops} shops, {time.monotonic() - began:.0f} s")
    say(f"kills: {done} in {time.monotonic() - began:.0f} s, nothing lost, nothing repeated")
    return 0


if __name__ == "__main__":
    sys.exit(main())
