"""The part of the error gallery that is about supervisors: code that raises each of their errors; see `examples.errors`."""

# ruff: noqa: D103  each snippet is shown under the error that it raises

import sys
from collections.abc import Callable
from typing import NoReturn

from actors import receive, send, spawn
from actors.effects import clock
from actors.runtime import ActorRef, give_way
from actors.server import Server
from supervisors import Backoff, ChildSpec, DynamicSupervisor, Intensity, Supervisor, TaskSupervisor, errors
from supervisors.errors import SpecError


def worker() -> ActorRef:
    return spawn(worker_body)


def worker_body() -> NoReturn:
    raise OSError(receive())


def broken() -> NoReturn:
    raise OSError("no such device")


class CallsUp(Server):
    """A server whose `init` calls its own supervisor."""

    def __init__(self, supervisor: Supervisor) -> None:
        """Take the supervisor."""
        supervisor.count_children()


class StopsAll(Server):
    """A server whose `terminate` stops its own supervisor."""

    def __init__(self, supervisor: Supervisor, refused: list[Exception]) -> None:
        """Take the supervisor, and where the error goes."""
        self.supervisor = supervisor
        self.refused = refused

    def terminate(self, reason: object) -> None:
        """Stop all, which is refused."""
        try:
            self.supervisor.stop()
        except errors.SupervisorStoppingError as error:
            self.refused.append(error)


def bad_spec() -> None:
    ChildSpec("meter", worker, shutdown=-1)


def start_failed() -> None:
    Supervisor.start([ChildSpec("meter", worker), ChildSpec("printer", broken)])


def start_timed_out() -> None:
    try:
        Supervisor.start([ChildSpec("printer", receive, start_timeout=0.01)])
    except errors.StartError as error:
        raise error.reason from None


def start_stopped() -> None:
    raise errors.StartStoppedError("printer", "SIGTERM")  # what an `Application` raises in a start that is under way


def child_exists() -> None:
    root = Supervisor.start([ChildSpec("meter", worker)])
    root.start_child(ChildSpec("meter", worker))


def no_such_child() -> None:
    Supervisor.start([ChildSpec("meter", worker)]).child("printer")


def child_running() -> None:
    Supervisor.start([ChildSpec("meter", worker)]).restart_child("meter")


def child_restarting() -> None:
    root = Supervisor.start([ChildSpec("meter", worker, backoff=Backoff(60.0, most=60.0))])
    send(root.child("meter"), "out of paper")
    give_way()
    root.restart_child("meter")


def max_children() -> None:
    pool = DynamicSupervisor.start(max_children=1)
    pool.start_child(ChildSpec("meter", worker))
    pool.start_child(ChildSpec("meter", worker))


def task_timed_out() -> None:
    tasks = TaskSupervisor.start()
    list(tasks.map(clock.sleep, [0.0, 60.0], timeout=0.01))


def supervisor_busy() -> None:
    root = Supervisor.start()
    try:
        root.start_child(ChildSpec("meter", lambda: Server.start(CallsUp, root)))
    except errors.StartError as error:
        raise error.reason from None


def supervisor_stopping() -> None:
    root, refused = Supervisor.start(), list[Exception]()
    root.start_child(ChildSpec("meter", lambda: Server.start(StopsAll, root, refused)))
    root.stop()
    raise refused[0]


def gave_up() -> None:
    root = Supervisor.start([ChildSpec("meter", worker)], intensity=Intensity(restarts=0))
    send(root.child("meter"), "out of paper")
    root.wait()


GALLERY: dict[type[Exception], Callable[[], None]] = {
    SpecError: bad_spec,
    errors.StartError: start_failed,
    errors.StartTimeoutError: start_timed_out,
    errors.StartStoppedError: start_stopped,
    errors.ChildExistsError: child_exists,
    errors.NoSuchChildError: no_such_child,
    errors.ChildRunningError: child_running,
    errors.ChildRestartingError: child_restarting,
    errors.MaxChildrenError: max_children,
    errors.TaskTimeoutError: task_timed_out,
    errors.SupervisorBusyError: supervisor_busy,
    errors.SupervisorStoppingError: supervisor_stopping,
    errors.GaveUpError: gave_up,
}


if __name__ == "__main__":
    from examples.errors import raised_by

    print(raised_by(globals()[sys.argv[1]]))
