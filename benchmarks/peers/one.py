"""One peer at one work, in a process of its own: `python -m benchmarks.peers.one PEER WORK COUNT` prints microseconds."""

import importlib
import sys
from collections.abc import Callable, Mapping

from benchmarks.catalogue import SUBJECTS
from benchmarks.subject import Work

SUBJECT_OF = {"spawn": "spawn_one", "call": "call", "send": "send_one", "ring": "ring", "wizard": "wizard"}


def _of_subjects(side: str) -> Callable[[], Mapping[str, Work]]:
    return lambda: {work: SUBJECTS[name].works[side] for work, name in SUBJECT_OF.items() if name in SUBJECTS}


def _of_module(name: str) -> Callable[[], Mapping[str, Work]]:
    def works() -> Mapping[str, Work]:
        found: Mapping[str, Work] = importlib.import_module(f"benchmarks.peers.{name}").WORKS
        return found

    return works


PEERS = {
    "ours": _of_subjects("ours"),
    "gevent": _of_subjects("baseline"),
    "asyncio": _of_module("asyncio_tasks"),
    "pykka": _of_module("pykka_actors"),
}


def main(peer: str, work: str, count: str) -> None:
    """Warm up, do the work, and print what once cost."""
    does = PEERS[peer]()[work]
    does(max(int(count) // 10, 1000))
    print(f"{does(int(count)) * 1e6:.4f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
