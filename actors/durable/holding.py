"""Who holds the file of a store: one store, of one process. Said by a lock beside the file, which ends with the process."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from pathlib import Path

from actors import clock
from actors.durable.store_faults import StoreHeldError, StoreUnavailableError

# Their locks do not keep two machines apart, or not reliably; nor does SQLite's own write-ahead log work on them.
NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "glusterfs", "fuse.sshfs", "fuse.glusterfs"}
MOUNTS = Path("/proc/self/mountinfo")
POINT = 4  # which of the fields there is the mount point


class Hold:
    """The lock on a file, as long as it is not released; a child process that was forked never has it."""

    __slots__ = ("_fd", "_pid", "path")

    def __init__(self, file: str) -> None:
        """Take the lock.

        Raises:
            StoreHeldError: another store has it.
            StoreUnavailableError: the lock cannot be made there.
        """
        self.path = f"{file}-lock"
        self._pid = os.getpid()
        try:
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreUnavailableError(file, f"{self.path} cannot be written ({error.strerror})", lasting=True) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = _told(self._fd)
            os.close(self._fd)
            raise StoreHeldError(file, holder) from None
        me = {"pid": os.getpid(), "host": socket.gethostname(), "since": clock.as_datetime(clock.now()).isoformat()}
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, json.dumps(me).encode(), 0)
        _holds.append(self)

    def release(self) -> None:
        """Let go of it; the file that is the lock stays, since another may be about to take it."""
        if self in _holds:
            _holds.remove(self)
            os.close(self._fd)


_holds: list[Hold] = []


def _after_fork() -> None:
    """The lock belongs to the open file, which parent and child share: only when both have closed it, it ends."""
    for hold in [*_holds]:
        hold.release()


os.register_at_fork(after_in_child=_after_fork)


def _told(fd: int) -> str:
    """Return what the holder wrote into its lock, in words."""
    try:
        told = json.loads(os.pread(fd, 1000, 0))
        return f"process {told['pid']} on {told['host']}, since {told['since']}"
    except (ValueError, KeyError, TypeError):
        return "another process"


def refuse_network(file: str, mounts: str | None = None) -> None:
    """Refuse a file on a network file system, where that can be told.

    Raises:
        StoreUnavailableError: it is on one.
    """
    if mounts is None:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="replace") if MOUNTS.exists() else ""
    kind = _file_system(os.path.realpath(file), mounts)
    if kind in NETWORK:
        raise StoreUnavailableError(
            file, f"is on a network file system ({kind}), whose locks cannot be relied on; use a local disk", lasting=True
        )


def _file_system(path: str, mounts: str) -> str:
    """Return the kind of file system that a path is on; empty if unknown."""
    best, kind = "", ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if len(fields) <= POINT or not kinds:
            continue
        point = fields[POINT].replace("\\040", " ")
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, kinds[0]
    return kind
