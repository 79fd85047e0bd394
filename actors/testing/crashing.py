"""`crash_everywhere`: a durable computation whose process dies at each of its writes; `replay`: a log that was kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from actors.computation.faults import StaleTokenError
from actors.computation.supervised import Nobody
from actors.durable import DetachedError, DurableRuns, MemoryStore, StoreUnavailableError
from actors.durable.appends import Append
from actors.durable.checking import SHUTDOWN, Unwritten
from actors.durable.faults import Diverged
from actors.durable.inner import Execution, Handlers
from actors.durable.operations import OperationUnderWay, watched
from actors.durable.recording import Recording
from actors.durable.rows import Past
from actors.durable.store import Changes, EntryRow, RunRow
from actors.outcomes import Cancelled, FinalOutcome, Suspend, Throw
from actors.runtime.current import current_actor
from actors.testing.quiet import settle

ID = "crashing"
COMPUTATION = "computation"
MANY = 1_000_000_000
HOUR = 3600.0


class Dying(MemoryStore):
    """A store whose process dies when it is to write for the nth time: that, and all that follows, is lost.

    What was written before is in `kept`, for the next process.
    """

    def __init__(self, kept: MemoryStore, writes: int) -> None:
        """Take what was written by processes before, and how many writes succeed."""
        super().__init__()
        self.kept = kept
        self.left = writes
        self._runs = kept._runs  # pyright: ignore[reportPrivateUsage]  its own kind

    @property
    def dead(self) -> bool:
        """Whether it has died."""
        return self.left < 0

    def create(self, run: RunRow, entries: Sequence[EntryRow] = ()) -> None:
        """Add a run, unless it dies of that.

        Raises:
            StoreUnavailableError: it has died.
        """
        self.left -= 1
        if self.dead:
            raise _death()
        super().create(run, entries)

    def append(
        self,
        run: str,
        entries: Sequence[EntryRow] = (),
        changes: Changes | None = None,
        *,
        fence: int,
        taken: Sequence[str] = (),
        cut: bool = False,
    ) -> Append:
        """Add entries, unless it dies of that."""
        self.left -= 1
        if not self.dead:
            return super().append(run, entries, changes, fence=fence, taken=taken, cut=cut)
        lost = Append(run, entries, changes, fence)
        lost.error = _death()
        lost.done = True
        return lost


def _death() -> StoreUnavailableError:
    return StoreUnavailableError("memory", "the process has died", lasting=True)


class Life:
    """One life of a computation, through the death of its process."""

    def __init__(
        self, fn: Callable[..., Any], args: tuple[Any, ...], answer: Any, handlers: Handlers | None, timeout: float | None
    ) -> None:
        """Take what is run, how its questions are answered, its handler stack, and seconds for a leg."""
        self.fn = fn
        self.args = args
        self.answer: Callable[[Any], Any] = answer if callable(answer) else lambda _: answer
        self.handlers = handlers
        self.timeout = timeout
        self.kept = MemoryStore()
        self.begun: Counter[str] = Counter()
        self.under_way: set[str] = set()  # operations without an answer when the process died

    def live(self, writes: int) -> tuple[FinalOutcome | None, int]:
        """Live until the end, or until so many writes; return the outcome, if any, and how many were left."""
        store = Dying(self.kept, writes)
        outcome: FinalOutcome | None = None
        computations = {COMPUTATION: self.fn}
        with (
            watched(self.begins),
            DurableRuns(store, computations, handlers=self.handlers, max_attempts=MANY, poll=HOUR) as runs,
        ):
            try:
                outcome = self.drive(runs)
            except (StoreUnavailableError, DetachedError):
                if not store.dead:
                    raise
        settle()
        return (None if store.dead else outcome), store.left

    def drive(self, runs: DurableRuns) -> FinalOutcome:
        """Start it, unless that was done, and answer until it has ended."""
        if self.kept.get(ID) is None:
            runs.start(self.fn, *self.args, id=ID, owner=runs.nobody, link=False)
        while True:
            outcome = runs.wait(ID, self.timeout)
            if not isinstance(outcome, Suspend):
                return outcome
            try:
                runs.resume(ID, self.answer(outcome.value), token=outcome.token)
            except StaleTokenError:
                settle()  # the question of a branch that another one ended meanwhile

    def begins(self, operation: OperationUnderWay) -> None:
        """An operation begins in the world."""
        if not operation.asks:
            self.begun[operation.key] += 1

    def die(self) -> None:
        """Note what was under way."""
        past = Past(self.kept.log(ID))
        self.under_way = {f"{ID}:{found.start}" for found in past.at.values() if found.answer < 0}

    @property
    def repeated(self) -> list[str]:
        """The keys of operations that were begun twice, though they had an answer when the process died."""
        return sorted(key for key, times in self.begun.items() if times > 1 and key not in self.under_way)


def crash_everywhere(
    fn: Callable[..., Any],
    *args: Any,
    answer: Callable[[Any], Any] | object = None,
    handlers: Handlers | None = None,
    before: Callable[[], object] | None = None,
    compared: Callable[[FinalOutcome], Any] | None = None,
    timeout: float | None = 5.0,
) -> int:
    """Run a durable computation once for every write at which its process could die, and go on in another process.

    Each time it has to come to the outcome of a run that was not interrupted, and to begin no external operation twice but
    what was under way when the process died. Nothing outlives the call; processes and disk are played in memory.

    Args:
        fn: the computation; also a lambda or a closure here. `args` are its arguments.
        answer: called with each question; or the answer to them all.
        handlers: as for `DurableRuns`, such as `fresh.numbered`, so that outcomes can be compared.
        before: called before each life, to set the world back.
        compared: called with each outcome; what it returns is compared instead, such as what the world looks like.
        timeout: seconds for each leg.

    Returns:
        how many deaths there were.

    Raises:
        AssertionError: an outcome differs, or an operation was begun twice; the message names the write.
        LegTimeoutError: a leg took too long.
    """
    return Lives(fn, partial(Life, fn, args, answer, handlers, timeout), before, compared).check()


class Lives:
    """The lives of a computation, one for each of its writes."""

    def __init__(
        self,
        fn: Callable[..., Any],
        begin: Callable[[], Life],
        before: Callable[[], object] | None,
        compared: Callable[[FinalOutcome], Any] | None,
    ) -> None:
        """Take the computation, what begins a life, what is called before each, and what is compared."""
        self.fn = fn
        self.begin = begin
        self.before = before
        self.compared = _seen if compared is None else compared

    def check(self) -> int:
        """Live them all, and return how many there were.

        Raises:
            AssertionError: one differs.
        """
        _, expected, left = self.live(MANY)
        deaths = MANY - left
        for writes in range(deaths):
            life, seen, _ = self.live(writes)
            place = f"with the process dead at write {writes + 1} of {deaths}, {self.fn!r}"
            if life.repeated:
                raise AssertionError(f"{place} began {', '.join(life.repeated)} again, whose answers were on disk")
            if seen != expected:
                raise AssertionError(f"{place} came to {seen!r}, and without to {expected!r}")
        return deaths

    def live(self, writes: int) -> tuple[Life, Any, int]:
        """Live one; return it, what is compared of it, and how many writes were left."""
        if self.before is not None:
            self.before()
        life = self.begin()
        outcome, left = life.live(writes)
        if outcome is None:
            life.die()
            outcome, _ = life.live(MANY)
        assert outcome is not None
        return life, self.compared(outcome), left


def _seen(outcome: FinalOutcome) -> Any:
    """Return what is compared of an outcome: errors have no equality of their own."""
    match outcome:
        case Throw(error):
            return type(error), str(error)
        case Cancelled(reason, error):
            return Cancelled, repr(reason), type(error), str(error)
        case _:
            return outcome


def replay(
    log: Iterable[tuple[int, bytes] | EntryRow],
    fn: Callable[..., Any],
    *args: Any,
    handlers: Handlers | None = None,
    timeout: float | None = 5.0,
) -> FinalOutcome | None:
    """Run a computation against the log of a durable run, as a store has it; nothing is performed or written.

    Args:
        log: the rows, or the kind and payload of each.
        fn: the code that the log is to fit, called with `args`.
        handlers: as for `DurableRuns`.
        timeout: seconds.

    Returns:
        what it comes to; None where the log ends before the computation does, at a question for instance.

    Raises:
        Diverged: the code asks for something else than the log holds.
        LegTimeoutError: it took too long.
    """
    rows = [EntryRow(ID, number, row[-2], row[-1]) for number, row in enumerate(log)]
    row = RunRow(ID, COMPUTATION, next_seq=len(rows))
    recording = Recording(Unwritten(), row, Past(rows), row.fence)
    recording.performing = False
    inner = Execution(fn, args, handlers, recording).start(Nobody(None, (), current_actor().scheduler), SHUTDOWN)
    outcome = inner.ending(timeout)
    if isinstance(recording.failure, Diverged):
        raise recording.failure
    return None if recording.failure is not None else outcome
