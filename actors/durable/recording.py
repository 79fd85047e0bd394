"""The log of one durable run while it is live: the rows to be met again, and those that the store does not have yet.

Rows are given to the store as late as may be, in one whole with what changes in the run's own row: before the run's owner
hears of anything, before an external operation begins, and when somebody waits for what he wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from actors import clock
from actors.codec import encode
from actors.durable.faults import Unloaded
from actors.durable.forms import cause_form, error_form
from actors.durable.replaying import Replaying
from actors.durable.rows import ANSWER, CANCEL, CUT, ERROR, FORK, MARK, START, Past, Where, packed, packed_question
from actors.durable.store import EntryRow
from actors.effects.clock import Sleep
from actors.runtime import native

if TYPE_CHECKING:
    from actors.durable.appends import Append
    from actors.durable.store import RunRow, Store


class Recording(Replaying):
    """One live run's log."""

    __slots__ = (
        "attempts",
        "changes",
        "closed",
        "deadline",
        "fence",
        "given",
        "held",
        "id",
        "may_continue",
        "next_seq",
        "on_sleep",
        "on_withdrawn",
        "open",
        "question",
        "renewed",
        "rows",
        "said",
        "stale",
        "store",
        "taken",
        "ticket",
        "untils",
        "waiting",
        "wake_at",
    )

    def __init__(self, store: Store, row: RunRow, past: Past, fence: int) -> None:
        """Take the store, the run's row, the rows before, and the fence that everything is written with."""
        super().__init__(past)
        self.store = store
        self.id = row.id
        self.fence = fence
        self.held = row.fence  # the one that the store knows
        self.next_seq = row.next_seq
        self.attempts = row.attempts
        self.deadline: float | None = None
        self.rows: list[EntryRow] = []
        self.changes: dict[str, Any] = {}
        self.taken: list[str] = []
        self.ticket: Append | None = None  # of what was given to the store last
        self.closed = False  # what the run came to was written
        self.given: Where | None = None  # the question whose answer was written by whoever gave it
        self.open: Where | None = None  # the question that the run's row shows
        self.question = row.question
        self.waiting: set[Where] = set()  # where branches wait for an answer, or for the time
        self.said = row.status, row.question
        self.stale = False  # what the run's row is to say may have changed
        self.untils: dict[Where, float] = {}  # when waits are over
        self.wake_at = row.wake_at
        self.on_withdrawn: Callable[[], None] | None = None
        self.on_sleep: Callable[[], None] | None = None
        self.may_continue: Callable[[Callable[..., Any], tuple[Any, ...]], None] | None = None
        self.renewed: dict[str, Any] = {}  # what the run goes on as

    # -- what is written

    def write(
        self, kind: int, where: Where, form: bytes | None = None, body: bytes | None = None, until: float | None = None
    ) -> int:
        """Add a row, and return its number."""
        number = self.next_seq
        self.rows.append(native.named(EntryRow, (self.id, number, kind, packed(where, form, body, until))))
        self.next_seq = number + 1
        return number

    def begin(self, where: Where, form: bytes, until: float | None = None) -> int:
        """Write that an operation begins."""
        if until is not None:
            self.limit(where, until)
        return self.write(START, where, form, None, until)

    def begun_again(  # noqa: PLR0917  all that is known of it
        self, where: Where, op: object, form: bytes, number: int, until: float | None, asks: bool
    ) -> None:
        """An operation goes on that the log holds without an answer."""
        if until is not None:
            self.limit(where, until)
        if asks or isinstance(op, Sleep):
            self.waits(where)
        if asks and self.open is None:
            self.asks(where, number, form)

    def answered(self, where: Where, value: object, form: bytes | None = None) -> None:
        """Write an answer, with the form of the operation if no row says that it began.

        Raises:
            EncodeError: it cannot be stored.
        """
        self.write(ANSWER, where, form, encode(value))
        if form is None:
            self.over(where)

    def give(self, where: Where, value: object, hot: bool) -> None:
        """Write the answer to the open question, for the run that waits for it, or for the replay that is to come.

        Raises:
            EncodeError: it cannot be stored.
        """
        body = encode(value)
        number = self.write(ANSWER, where, None, body)
        self.over(where)
        if hot:
            self.given = where
            return
        found = self.at[where]
        found.answer, found.kind, found.body = number, ANSWER, body
        self.order.append(number)

    def failed(self, where: Where, error: Exception, form: bytes | None = None) -> Exception:
        """Write an error; return the one that is to be raised."""
        body, raised = error_form(error)
        self.write(ERROR, where, form, body)
        if form is None:
            self.over(where)
        return raised

    def cut(self, where: Where, cause: object, form: bytes | None = None) -> None:
        """Write that a cancel interrupted an operation."""
        self.write(CUT, where, form, cause_form(cause))
        if form is None:
            self.over(where)

    def fork(self, where: Where, form: bytes) -> None:
        """Write that a `parallel` begins."""
        self.write(FORK, where, form)

    def cancel(self, cause: object, hot: bool) -> None:
        """Write that the run is cancelled, and have the replay that is to come, if there is none, meet that."""
        body = cause_form(cause)
        number = self.write(CANCEL, (), None, body)
        if not hot:
            self.order.append(number)
            self.cancels[number] = body

    def mark(self, name: bytes, value: bool) -> None:
        """Write what `changed` was answered."""
        self.marks[name] = value
        self.write(MARK, (), name, b"1" if value else None)

    # -- the run's own row

    def asks(self, where: Where, number: int, form: bytes) -> None:
        """Have the run's row show a question."""
        self.open = where
        self.question = packed_question(number, where, form)
        self.stale = True

    def waits(self, where: Where) -> None:
        """A branch waits for an answer, or for the time."""
        self.waiting.add(where)
        self.stale = True

    @property
    def is_idle(self) -> bool:
        """Whether all branches wait for an answer, or for the time."""
        return len(self.waiting) >= self.turns.awake

    def status(self) -> None:
        """Say in the run's row what it waits for: an answer, the time, or neither."""
        self.stale = False
        idle = "sleeping" if self.question is None else "suspended"
        status = idle if self.is_idle else "running"
        if (status, self.question) != self.said:
            self.said = status, self.question
            self.changes.update(status=status, question=self.question, since=clock.now())

    def show(self, where: Where, number: int, form: bytes) -> None:
        """Have the run's row show a question of a branch, whose turn it is."""
        self.asks(where, number, form)
        self.flush()

    def limit(self, where: Where, until: float) -> None:
        """Note when a wait is over."""
        self.untils[where] = until
        self.next_wake()

    def over(self, where: Where) -> None:
        """An operation has ended, and with it the wait for an answer."""
        self.waiting.discard(where)
        if self.open == where:
            self.open = self.question = None
            if self.on_withdrawn is not None:
                self.on_withdrawn()
        if self.untils and self.untils.pop(where, None) is not None:
            self.next_wake()
        self.stale = True

    def next_wake(self) -> None:
        """Note when the run is to be woken next."""
        times = list(self.untils.values())
        if self.deadline is not None:
            times.append(self.deadline)
        wake_at = min(times, default=None)
        if wake_at != self.wake_at:
            self.wake_at = self.changes["wake_at"] = wake_at

    def branch_ended(self) -> None:
        """A branch has come to its end, and others of its group have not."""
        turns = self.turns
        turns.awake -= 1
        if turns.stuck:
            turns.call_all()
        if self.failure is None and not self.order:
            self.status()
            if self.changes:
                self.flush()

    # -- its end

    def renew(self) -> None:
        """End the log, and begin another, of what the run goes on as; the numbers go on."""
        self.flush()
        self.changes.update(self.renewed)
        self.remember(Past())
        self.flush(cut=True)

    def unload(self, cause: object) -> None:
        """End this pass: nothing more is performed or written."""
        if self.failure is None:
            self.flush()
            self.failure = Unloaded(cause)
            self.turns.call_all()

    def close(self, final: bytes) -> None:
        """Write what the run came to."""
        self.stale = False
        self.changes.update(status="finished", question=None, since=clock.now())
        self.untils.clear()
        self.deadline = None
        self.next_wake()
        self.changes["result"] = final
        self.changes["owner"] = None
        self.closed = True
        self.flush()

    # -- the store

    def flush(self, cut: bool = False) -> None:
        """Give the store what was written; at once, without waiting."""
        if self.stale:
            self.status()
        if not self.rows and not self.changes and not self.taken and not cut:
            return
        rows, self.rows = self.rows, []
        changes, self.changes = self.changes, {}
        taken, self.taken = self.taken, []
        if self.attempts and rows:
            self.attempts = changes["attempts"] = 0  # it got on
        self.ticket = self.store.append(self.id, rows, changes or None, fence=self.held, taken=taken, cut=cut)
        self.held = self.fence

    def settle(self) -> None:
        """Wait until all that was written is on disk.

        Raises:
            Unloaded: the store has failed, and with it this pass.
        """
        self.flush()
        ticket = self.ticket
        if ticket is None:
            return
        if not ticket.done or ticket.error is not None:
            self.on_disk(ticket)

    def on_disk(self, ticket: Append) -> None:
        """Wait for what was given to the store.

        Raises:
            Unloaded: the store has failed, and with it this pass.
        """
        try:
            ticket.wait()
        except Exception as error:
            if self.failure is None:
                self.failure = Unloaded(error)
                self.turns.call_all()
            self.check()

    def __repr__(self) -> str:
        """Name the run, and say how far it is."""
        return f"<Recording of {self.id!r}, {len(self.order)} rows to be met again>"
