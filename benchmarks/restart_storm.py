"""One child that crashes on its first line, as often as it is restarted."""

from actors import current, receive, send, spawn
from actors.runtime import ActorRef
from benchmarks.subject import AtMost, Subject, clock
from benchmarks.supervision import ToldError, supervised
from supervisors import ChildSpec, Intensity, Supervisor

PAST = 100_000
HISTORY = Intensity(restarts=1_000_000_000, seconds=3600.0)  # forgets nothing


class Storm:
    """A child that crashes so many times, and then waits to be told how often to crash again."""

    def __init__(self, owner: ActorRef) -> None:
        self.owner = owner
        self.left = 0

    def child(self) -> None:
        if self.left:
            self.left -= 1
            raise ToldError
        send(self.owner, "over")
        self.left = receive()

    def start(self) -> ActorRef:
        return spawn(self.child)


def storm(n: int, past: int) -> float:
    """Restart a child `n` times, after `past` times."""

    def owner() -> float:
        made = Storm(current())
        with Supervisor.start([ChildSpec("child", made.start)], intensity=HISTORY) as root:
            receive()
            seconds = 0.0
            for times in (past, n):  # a restart each, and one for the child that was told
                start = clock()
                send(root.child("child"), times)
                receive()
                seconds = clock() - start
            assert root.which_children()[0].restarts == past + n + 2
        return seconds / n

    return supervised(owner)


def ours(n: int) -> float:
    """Restart a child that was restarted a little."""
    return storm(n, min(n, 1000))


def later(n: int) -> float:
    """Restart a child that was restarted often before."""
    return storm(n, PAST if n > 1000 else 10 * n)


SUBJECT = Subject(
    name="restart_storm",
    works={"ours": ours},
    target=AtMost(1e6 / 60_000, 1e6 / 150_000),
    count=20_000,
    quick=200,
)
