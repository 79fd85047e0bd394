"""One peer at one work, in a process of its own: `python -m benchmarks.peers.one PEER WORK COUNT` prints microseconds."""

import importlib
import sys
from collections.abc import Callable, Mapping

from benchmarks.catalogue import SUBJECTS
from benchmarks.subject import Work
from benchmarks.supervision import SIBLINGS

SUBJECT_OF = {
    "spawn": "spawn_one",
    "call": "call",
    "send": "send_one",
    "ring": "ring",
    "wizard": "wizard",
    "restart_storm": "restart_storm",
    "start_children": "supervisor_start",
    "stop_children": "supervisor_stop",
}
CHILDREN = {"start_children": SIBLINGS, "stop_children": SIBLINGS}  # of so many ours tells the cost


def _of_subjects(side: str) -> Callable[[], Mapping[str, Work]]:
    return lambda: {work: SUBJECTS[name].works[side] for work, name in SUBJECT_OF.items() if side in SUBJECTS[name].works}


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
    print(f"{does(int(count)) / CHILDREN.get(work, 1) * 1e6:.4f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
