"""`python -m benchmarks.peers [--rounds N] [--quick]`: the same work in every system there is here, in turn."""

import argparse
import importlib.util
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.peers.one import PEERS, SUBJECT_OF

COUNTS = {
    "spawn": 5_000,
    "call": 5_000,
    "send": 100_000,
    "ring": 20_000,
    "wizard": 3_000,
    "restart_storm": 5_000,
    "start_children": 10_000,
    "stop_children": 10_000,
}
ALIKE = ("restart_storm", "start_children", "stop_children")  # what once costs depends on how often it is done
MEANING = {
    "spawn": "start an actor that ends at once, and learn of its end",
    "call": "a request to a server, and its reply",
    "send": "a message to an actor that receives it",
    "ring": "a hop round a ring of a thousand actors (pykka: a hundred threads)",
    "wizard": "a flow of three questions, each answered, and what it returns",
    "restart_storm": "a child that crashes at once is restarted, 5,000 times within the window",
    "start_children": "a supervisor starts a child, one of 10,000",
    "stop_children": "a supervisor stops a child, one of 10,000, one after the other",
}
ERLANG = "Erlang/OTP"


def available() -> list[str]:
    """Return the peers that are installed here; say which are not."""
    there = {"pykka": importlib.util.find_spec("pykka") is not None, ERLANG: shutil.which("escript") is not None}
    for name in (name for name, found in there.items() if not found):
        print(f"{name} is not installed here and is left out", file=sys.stderr)
    return [name for name in (*PEERS, ERLANG) if there.get(name, True)]


def once(peer: str, work: str, count: int) -> float:
    """Return the microseconds that a peer takes for doing the work once, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.peers.one", peer, work, str(count)]
    if peer == ERLANG:
        command = [
            "escript",
            str(Path(__file__).with_name("otp.escript")),
            work,
            str(count if work in ALIKE else count * 10),
        ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise SystemExit(f"{peer}, {work}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return float(done.stdout.split()[-1])


def able(peers: list[str], work: str) -> list[str]:
    """Return the peers that have something like this work: of supervisors only Erlang/OTP."""
    return [peer for peer in peers if peer == ERLANG or work in PEERS[peer]()]


def measured(peers: list[str], rounds: int, divisor: int) -> dict[str, dict[str, float]]:
    """Return the median microseconds by work and peer; the peers take turns, so that all meet the same weather."""
    return {
        work: {
            peer: statistics.median(values)
            for peer, values in zip(
                doing,
                zip(*([once(peer, work, COUNTS[work] // divisor) for peer in doing] for _ in range(rounds)), strict=True),
                strict=True,
            )
        }
        for work in SUBJECT_OF
        for doing in [able(peers, work)]
    }


def table(found: dict[str, dict[str, float]], peers: list[str]) -> str:
    """Return a Markdown table, in microseconds."""
    lines = [["µs", *peers, ""], ["---", *("---:" for _ in peers), "---"]]
    lines += [
        [work, *(f"{costs[peer]:.3g}" if peer in costs else "" for peer in peers), MEANING[work]]
        for work, costs in found.items()
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description="The same work in other systems.")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="turns that each peer takes at each work")
    parser.add_argument("--quick", action="store_true", help="one round of a tenth of the work: checks results, not speed")
    options = parser.parse_args()
    peers = available()
    print(table(measured(peers, 1 if options.quick else options.rounds, 10 if options.quick else 1), peers))


if __name__ == "__main__":
    main()
