"""`Application`: one supervised tree with its configuration, started and stopped as a whole."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Iterable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from actors.children import ChildSpec
from actors.clock import Seconds, checked_seconds
from actors.exits import ExitReason
from actors.server import Server
from supervisors import program
from supervisors.guardian import Guardian, Tree, stop
from supervisors.inspection import inspection_child
from supervisors.spec import AutoShutdown, Intensity, Strategy, checked_children, checked_option
from supervisors.stopping import Path
from supervisors.supervisor import Supervisor

if TYPE_CHECKING:
    from actors.runtime.background import BackgroundThread

Children: TypeAlias = Iterable[ChildSpec[Any]] | Callable[[Any], Iterable[ChildSpec[Any]]]
"""The specs of the root's children, or what makes them of the configuration."""


class Application:
    """One supervised tree: what a program consists of.

    `run()` is the whole program: it starts the tree, takes SIGTERM and SIGINT, and returns the exit code. `start()` and
    `stop()` do without signals, for a program that has a main loop of its own (gunicorn) and for tests.

    Args:
        children: the specs of the root supervisor's children; or a callable that is given the configuration and returns
            them, called at each start.
        name: what messages and reports call it.
        config: any value, given to `children`, which hands each child what it needs; also the attribute `config`.
        strategy: who else is restarted with a child of the root that failed.
        intensity: how often the root restarts before it gives up, and the application ends.
        auto_shutdown: whether it ends when significant children of the root have.
        stop_timeout: seconds that stopping may take as a whole, beside each child's own `shutdown`; who is still there
            then is killed; None for no limit.
        inspect: where to make a Unix socket for `actors tree`, which shows the tree to the same user; the first child,
            "inspection", listens there. None, the default, for none.

    Raises:
        SpecError: an option cannot be what it was given, or two children have one id.
        ValueError: `stop_timeout` is negative, or `inspect` too long for a socket.
    """

    def __init__(
        self,
        children: Children,
        *,
        name: str = "application",
        config: Any = None,
        strategy: Strategy = Strategy.ONE_FOR_ONE,
        intensity: Intensity = Intensity(),  # noqa: B008  a value
        auto_shutdown: AutoShutdown = AutoShutdown.NEVER,
        stop_timeout: Seconds = 30.0,
        inspect: str | os.PathLike[str] | None = None,
    ) -> None:
        """Check the options; nothing is started."""
        self.name: str = checked_option("name", name, str)
        self.config = config
        self.stop_timeout = checked_seconds("stop_timeout", stop_timeout)
        checked_option("auto_shutdown", auto_shutdown, AutoShutdown)
        self._inspection = () if inspect is None else (inspection_child(inspect, title=name),)
        self._children = children if callable(children) else checked_children(children, auto_shutdown)
        self._supervisor = partial(
            Supervisor.start,
            strategy=checked_option("strategy", strategy, Strategy),
            intensity=checked_option("intensity", intensity, Intensity),
            auto_shutdown=auto_shutdown,
        )
        self._tree: Tree | None = None
        self._started_in = 0  # the operating system's process

    @property
    def root(self) -> Supervisor:
        """The root supervisor, once it has been started.

        Raises:
            RuntimeError: it has not.
        """
        tree = self._tree
        if tree is None or tree.root is None:
            raise RuntimeError(f"application {self.name!r} has not been started; start() or run() it")
        return tree.root

    @property
    def running(self) -> bool:
        """Whether it runs, or is being started or stopped."""
        tree = self._tree
        return tree is not None and tree.guardian is not None and tree.guardian.alive and os.getpid() == self._started_in

    def start(
        self, *, ended: Callable[[ExitReason], object] | None = None, on: BackgroundThread | None = None
    ) -> Supervisor:
        """Start the tree and return its root. It ends with nobody: neither the calling greenlet, nor who made it.

        At the exit of the interpreter it is stopped in order. In a program that forks, start it after the fork.

        *Blocks until* all children have started, each within its `start_timeout`.

        Args:
            ended: called with the exit reason when the tree ends without having been stopped: it gave up, for example.
                It must not block.
            on: the thread that it belongs to, `background()`; None for the caller's.

        Raises:
            StartError: a child did not start; those before it have been stopped again.
            RuntimeError: it runs already.
            Exception: what `children` raised.
        """
        tree = self._new_tree(ended)
        self._start(tree, on)
        atexit.register(self._exits)
        return self.root

    def stop(self) -> tuple[Path, ...]:
        """Stop the tree in order; return who had to be killed, each as the path of ids that leads to it.

        Nothing happens if it does not run. If it is being stopped already, this waits for that.

        *Blocks until* the tree has ended: at most `stop_timeout` seconds, and a moment for those that are killed.
        """
        atexit.unregister(self._exits)
        tree = self._tree
        if tree is None or not self.running:
            return ()
        stop(tree, "a call of stop()")
        return tree.killed

    def wait(self, timeout: Seconds = None) -> ExitReason:
        """Return the exit reason of the root.

        *Blocks until* it has ended, or `timeout` seconds have passed.

        Raises:
            GaveUpError: it restarted more often than its intensity allows.
            TimeoutError: it has not ended in time.
            RuntimeError: it has not been started.
            ValueError: `timeout` is negative.
        """
        return self.root.wait(timeout)

    def run(self) -> int:
        """Be the program: `sys.exit(application.run())`. Start the tree, wait for its end, and return the exit code.

        SIGTERM or SIGINT stop it in order within `stop_timeout` seconds; a second one kills whoever is left; a third
        leaves at once, whatever holds the thread. What was in place for the two before is put back. A failed start says
        on stderr which child failed, and why; so does the end, about those who had to be killed, and about giving up.

        *Blocks until* the tree has ended.

        Returns:
            0 after an orderly end, 1 if it did not start or gave up, 3 if somebody had to be killed to stop it.

        Raises:
            RuntimeError: not in the main thread, or it runs already.
            SystemExit, KeyboardInterrupt: raised in an actor; the tree has been stopped in order.
        """
        tree = self._new_tree(None)
        return program.run(tree, partial(self._start, tree, None))

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Stop it."""
        self.stop()

    def __repr__(self) -> str:
        """Show its name."""
        return f"<Application {self.name!r}>"

    def _new_tree(self, ended: Callable[[ExitReason], object] | None) -> Tree:
        if self.running:
            raise RuntimeError(f"application {self.name!r} runs already; stop() it first, or make another Application")
        own = tuple((spec.id,) for spec in self._inspection)
        self._tree = Tree(self.name, self._begin, self.stop_timeout, ended, own)
        self._started_in = os.getpid()
        return self._tree

    def _start(self, tree: Tree, on: BackgroundThread | None) -> None:
        Server.start(Guardian, tree, link=False, timeout=None, on=on)

    def _begin(self) -> Supervisor:
        """Start the root; called by the guardian, in its actor."""
        children = self._children
        return self._supervisor([*self._inspection, *(children(self.config) if callable(children) else children)])

    def _exits(self) -> None:
        """Stop at the exit of the interpreter that started it, and not of a child that was forked meanwhile."""
        self.stop()
