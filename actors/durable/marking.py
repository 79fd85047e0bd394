"""How the code of a durable run says that it has changed, or that it begins anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeVarTuple

from actors.durable.operations import under_way
from actors.effects.scope import current_scope, perform
from actors.ops import Op

Ts = TypeVarTuple("Ts")


class Changed(Op[bool]):
    """Ask whether the run came here after the code was changed."""

    name: str

    def default_handler(self, _: Changed) -> bool:
        """Answer where nothing is recorded: the code is new."""
        return True


def changed(name: str) -> bool:
    """Return whether this run is to take the changed code: False if its log had passed this place before the change.

    The answer is recorded, and the same for the rest of the run, at every place that asks for this name.

    Raises:
        TypeError: `name` is not text.
    """
    given: object = name
    if not isinstance(given, str) or not given:
        raise TypeError(f"changed({name!r}): give the change a name, as text")
    return perform(Changed(name))


class ContinueAs(BaseException):
    """Leaves the computation's scopes; then the run goes on as another function, with an empty log."""

    def __init__(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        """Take what the run goes on as."""
        super().__init__(fn, args)
        self.fn = fn
        self.args = args


def continue_as(fn: Callable[[*Ts], Any], *args: *Ts) -> NoReturn:
    """End this durable run's log and go on as `fn(*args)`, under the same id: how the log of a long loop stays bounded.

    The scopes around the call are left first. No key and no token occurs twice.

    Raises:
        RuntimeError: not in a durable run, inside a branch of `parallel`, or inside an external operation.
    """
    seam: Any = current_scope().seam
    refusal = None if seam is None else getattr(seam, "check_may_continue", None)
    if refusal is None:
        if under_way.get() is not None:
            raise RuntimeError(
                f"continue_as({fn!r}) inside an external operation, whose body is opaque; return from it first"
            )
        raise RuntimeError(f"continue_as({fn!r}) outside a durable run: there is no log to end; call the function")
    refusal(fn, args)
    raise ContinueAs(fn, args)
