"""Looking at a running application from outside: a Unix socket that answers each connection with the tree, as JSON.

It is there only where a program asks for it, and only for the user whom the program runs as: the file has mode 0600. One
line of JSON is written to each connection, which is then closed; nothing is read from it.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket as native
import stat
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import gevent
from gevent import socket

from actors import clock, telemetry
from actors.children import ChildSpec
from actors.runtime import ActorRef, current, zombies
from actors.server import Continue, Server
from supervisors.handle import Handle
from supervisors.snapshot import snapshot

if TYPE_CHECKING:
    from collections.abc import Hashable

    from actors.runtime.background import BackgroundThread

VERSION: Final = 1
"""Of what is written; it changes when something is taken away or means something else, not when something is added."""

PATIENCE: Final = 5.0  # seconds that a client has to read; until then nobody else gets an answer
PAUSE: Final = 1.0  # seconds after a connection that could not be taken
LONGEST: Final = 107  # bytes of a path
OPENING: Final = 0o177  # what is masked out of the mode of the file

MADE: Final[dict[tuple[int, int], ActorRef]] = {}
"""The sockets of this process, by device and inode, and who listens there; in any thread."""

Root = Handle | ActorRef | str


def report(root: Root, title: str | None = None) -> dict[str, Any]:
    """Return the tree below a supervisor, and the actors that outlived their kill, for JSON.

    Args:
        title: what it is called.

    Raises:
        NoSuchActorError: nobody has the name.
        TypeError: it is no supervisor.
    """
    return {
        "version": VERSION,
        "title": title,
        "time": clock.now(),
        "pid": os.getpid(),
        "root": asdict(snapshot(root)),
        "zombies": [asdict(actor) for actor in zombies()],
    }


def inspection_child(
    path: str | os.PathLike[str],
    root: Root | Callable[[], Root] | None = None,
    *,
    title: str | None = None,
    id: Hashable = "inspection",  # noqa: A002  as in a ChildSpec
    on: BackgroundThread | None = None,
) -> ChildSpec[ActorRef]:
    """Return the spec of a child that listens on a Unix socket, for `actors tree PATH`.

    Make it the first child of the root, so that it is there before the others are started and until they have stopped.

    Args:
        path: where the socket is made, with mode 0600; the file of a process that has died is replaced.
        root: the supervisor whose tree is shown, or what returns it; None for the one whose child this is.
        title: what the tree is called.
        id: the child's id.
        on: the thread that it belongs to; in `background()` it answers also while somebody holds the tree's thread.

    Raises:
        ValueError: the path is too long for a socket.

    Its start raises `OSError` if somebody listens there, a file that is no socket is in the way, or it may not be made.
    """
    where = os.fspath(path)
    if len(os.fsencode(where)) > LONGEST:
        raise ValueError(f"{where!r} is too long for a Unix socket; give a path of at most {LONGEST} bytes")
    return ChildSpec(id, partial(start, where, root, title, on))


def start(path: str, root: Root | Callable[[], Root] | None, title: str | None, on: BackgroundThread | None) -> ActorRef:
    """Start what listens."""
    seen = current() if root is None else root
    found = seen if callable(seen) else partial(same, seen)
    return Server.start(Inspection, path, found, title, on=on)


def same(root: Root) -> Root:
    """Return what it is given."""
    return root


class Inspection(Server):
    """Listens, and answers one connection after the other."""

    def __init__(self, path: str, root: Callable[[], Root], title: str | None) -> None:
        """Take where to listen, what tells whose tree it is, and what that is called."""
        self.path = path
        self.root = root
        self.title = title
        self.listener: Any = None

    def init(self) -> Continue:
        """Listen."""
        self.listener = listening(self.path)
        return Continue("answer")

    def handle_continue(self, value: object) -> None:
        """Answer, until this actor ends."""
        made = Path(self.path).lstat()
        MADE[made.st_dev, made.st_ino] = current()
        try:
            while True:
                self.accept()
        finally:
            remove(self.path, made)
            self.listener.close()

    def accept(self) -> None:
        """Wait for a connection and answer it; whatever becomes of it, this goes on."""
        try:
            connection, _ = self.listener.accept()
        except OSError as error:  # too many open files, for example
            telemetry.report("error", "inspection failed", path=self.path, error=error)
            gevent.sleep(PAUSE)
        else:
            self.answer(connection)

    def answer(self, connection: Any) -> None:
        """Write the tree to whoever has connected."""
        with connection:
            connection.settimeout(PATIENCE)
            try:
                connection.sendall(json.dumps(report(self.root(), self.title)).encode() + b"\n")
            except OSError:  # it did not wait for the answer
                pass
            except Exception as error:
                telemetry.report("error", "inspection failed", path=self.path, error=error, exc_info=error)


def listening(path: str) -> Any:
    """Return a socket that listens, in whose place nobody else listens and nothing else was.

    Raises:
        OSError: somebody does, something is, or it may not be made.
    """
    with alone_in(Path(path).parent):
        make_room(path)
        listener: Any = socket.socket(native.AF_UNIX)
        before = os.umask(OPENING)  # so that at no moment anybody else may connect
        try:
            listener.bind(path)
            listener.listen()
        except BaseException:
            listener.close()
            raise
        finally:
            os.umask(before)
    return listener


@contextmanager
def alone_in(folder: Path) -> Generator[None]:
    """Keep other processes from doing this at the same time, so that none removes what another has just made."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def make_room(path: str) -> None:
    """Remove the socket of a process that is no more.

    Raises:
        OSError: somebody listens there, or it is no socket.
    """
    try:
        found = Path(path).lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise FileExistsError(errno.EEXIST, "there is a file that is no socket; remove it, or give another path", path)
    owner = MADE.get((found.st_dev, found.st_ino))
    if owner is not None and not owner.alive:  # killed; it has not left its scopes yet, and its successor starts
        Path(path).unlink()
        return
    with native.socket(native.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            Path(path).unlink()
            return
        except BlockingIOError:  # somebody listens, and has much to do
            pass
    raise OSError(errno.EADDRINUSE, "another process listens there; stop it, or give another path", path)


def remove(path: str, made: os.stat_result) -> None:
    """Remove the socket that was made, unless another has taken its place."""
    MADE.pop((made.st_dev, made.st_ino), None)
    try:
        if os.path.samestat(Path(path).lstat(), made):
            Path(path).unlink()
    except OSError:  # somebody was faster
        pass
