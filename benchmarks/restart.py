"""A child is told to crash, its supervisor restarts it, and the new one says that it is ready."""

from typing import Any, cast

from gevent import Greenlet
from gevent.queue import SimpleQueue

from actors import current, receive, send, spawn
from actors.runtime import ActorRef
from benchmarks.subject import Ratio, Subject, clock
from benchmarks.supervision import UNLIMITED, ToldError, supervised, unreported
from benchmarks.supervision import Supervisor as Theirs
from supervisors import ChildSpec, Supervisor


def child(owner: ActorRef) -> None:
    """Say that it is ready, and crash when told to."""
    send(owner, current())
    receive()
    raise ToldError


def ours(n: int) -> float:
    """Tell one child after the other to crash."""

    def owner() -> float:
        me = current()
        with Supervisor.start([ChildSpec("child", lambda: spawn(child, me))], intensity=UNLIMITED) as root:
            ready = receive()
            start = clock()
            for _ in range(n):
                send(ready, "crash")
                ready = receive()
            seconds = clock() - start
            assert root.which_children() == (("child", ready, "running", False, n),)
        return seconds / n

    return supervised(owner)


class Child(Greenlet):  # type: ignore[type-arg]  # not subscriptable at run time
    """The same in gevent."""

    def __init__(self, owner: "SimpleQueue[Any]") -> None:
        """Take who is told that it is ready."""
        Greenlet.__init__(self)  # pyright: ignore[reportUnknownMemberType]  # the stub is generic, see above
        self.owner = owner
        self.mailbox: SimpleQueue[str] = SimpleQueue()

    def _run(self) -> None:
        self.owner.put(self)
        self.mailbox.get()
        raise ToldError


def theirs(n: int) -> float:
    """Tell one greenlet after the other to crash."""
    mailbox: SimpleQueue[Any] = SimpleQueue()

    def started() -> Child:
        made = Child(mailbox)
        made.start()
        return made

    def owner() -> float:
        supervisor = Theirs([started])
        supervisor.start()
        ready = mailbox.get()
        start = clock()
        for _ in range(n):
            ready.mailbox.put("crash")
            ready = mailbox.get()
        seconds = clock() - start
        assert list(supervisor.children) == [ready]
        supervisor.kill()
        ready.kill()
        return seconds / n

    with unreported():
        return float(cast(Any, Greenlet).spawn(owner).get())


SUBJECT = Subject(name="restart", works={"ours": ours, "baseline": theirs}, target=Ratio(4.5, 6), count=10_000, quick=200)
