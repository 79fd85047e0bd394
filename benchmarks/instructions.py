"""Where the time goes, undisturbed by a busy machine: the bytecode instructions and calls of our side, by function.

`python -m benchmarks.instructions NAME [COUNT]`. The counts are those of doing the work once and come out the same every
time. They leave out what C does (a switch, an allocation), so they explain a cost and do not replace measuring it. What
surrounds the work (starting the actors that do it) is counted too: compare with a larger COUNT to see how much that is.
"""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from benchmarks.catalogue import SUBJECTS

LEAST = 0.5  # functions with fewer instructions than this are not shown


def counted(work: Callable[[int], float], count: int) -> tuple[Counter[CodeType], Counter[CodeType]]:
    """Do the work and return how many instructions were executed and how many calls made, by code object."""
    instructions: Counter[CodeType] = Counter()
    calls: Counter[CodeType] = Counter()

    def within(frame: FrameType, event: str, _: Any) -> Any:
        if event == "opcode":
            instructions[frame.f_code] += 1
        return within

    def entered(frame: FrameType, _: str, __: Any) -> Any:
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        calls[frame.f_code] += 1
        return within

    sys.settrace(entered)
    try:
        work(count)
    finally:
        sys.settrace(None)
    return instructions, calls


def main(arguments: Sequence[str]) -> None:
    """Print the functions of a subject's work by how many instructions they take."""
    subject = SUBJECTS[arguments[0]]
    count = int(arguments[1]) if len(arguments) > 1 else subject.quick
    work = subject.works["ours"]
    work(count)  # whatever happens only once has happened now
    instructions, calls = counted(work, count)
    print(f"{instructions.total() / count:9.1f} instructions in {calls.total() / count:6.2f} calls: {subject.name}, once")
    for code, executed in instructions.most_common():
        if executed / count >= LEAST:
            where = "/".join(Path(code.co_filename).parts[-2:])
            print(f"{executed / count:9.1f} instructions in {calls[code] / count:6.2f} calls: {code.co_qualname}, {where}")


if __name__ == "__main__":
    main(sys.argv[1:])
