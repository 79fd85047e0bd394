"""`@operation`: a function whose call is an operation, and `handling`, which replaces one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar, cast, overload

from actors.effects.scope import Handler, Handlers, Installed, name_of, perform
from actors.ops import HandlerKey, Op

P = ParamSpec("P")
A = TypeVar("A")
F = TypeVar("F", bound=Callable[..., Any])
O = TypeVar("O", bound=Op[Any])  # noqa: E741  an operation, as everywhere here


class Call(Op[A], frozen=False):
    """One call of an `@operation` function: the function and its arguments."""

    __slots__ = ("args", "handler_key", "kwargs")
    __match_args__ = ("handler_key", "args", "kwargs")

    def __init__(self, function: Operation[..., A], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Take the decorated function and what it was called with."""
        self.handler_key = function  # type: ignore[misc]  # one key a function, where other operations have one a class
        self.args = args
        self.kwargs = kwargs

    def default_handler(self, call: Call[A]) -> A:
        """Run the function's body, in the caller's scope."""
        function = cast("Operation[..., A]", call.handler_key)
        return function.body(*call.args, **call.kwargs)

    def __eq__(self, other: object) -> bool:
        """Compare function and arguments."""
        return isinstance(other, Call) and _parts(self) == _parts(cast(Any, other))

    def __hash__(self) -> int:
        """Hash by function; arguments may be unhashable."""
        return hash((Call, self.handler_key))

    def __repr__(self) -> str:
        """Show the call as it was written."""
        given = [repr(value) for value in self.args] + [f"{name}={value!r}" for name, value in self.kwargs.items()]
        return f"{name_of(self.handler_key)}({', '.join(given)})"


def _parts(call: Call[Any]) -> tuple[Any, ...]:
    return call.handler_key, call.args, call.kwargs


class Replaceable(Generic[F]):
    """Something that a handler of exactly this type replaces.

    Invariant, which `Operation[P, A]` is not to every checker: mypy would find parameters that both a function and an
    unfit handler have in common.
    """


class Operation(Replaceable[Callable[P, A]], Generic[P, A]):
    """A function whose call is an operation with the function's body as its default handler; made by `operation`."""

    lineage: ClassVar[tuple[HandlerKey, ...]] = (Call, Op)

    def __init__(self, body: Callable[P, A]) -> None:
        """Take the function.

        Raises:
            TypeError: it is not a plain function.
        """
        if not inspect.isfunction(body) or inspect.iscoroutinefunction(body) or inspect.isgeneratorfunction(body):
            raise TypeError(f"@operation takes a plain function, not {body!r}; wrap it in one that returns its answer")
        self.body: Callable[P, A] = body
        functools.update_wrapper(cast(Any, self), body)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> A:
        """Perform the call: the innermost handler for it answers, without one the body runs."""
        return perform(Call(self, args, kwargs))

    def __repr__(self) -> str:
        """Name the function."""
        return f"<operation {name_of(self)}>"


def operation(body: Callable[P, A]) -> Operation[P, A]:
    """Make a function an operation: called like any function, replaceable with `handling`, recorded by an effect log.

    Raises:
        TypeError: it is a coroutine function, a generator function or not a function at all.
    """
    return Operation(body)


@overload
def handling(what: Replaceable[F], handler: F) -> Installed[None]: ...
@overload
def handling(what: type[O], handler: Callable[[O], Any]) -> Installed[None]: ...
def handling(what: Any, handler: Callable[..., Any]) -> Installed[None]:
    """Install a handler for the length of a `with` block.

    Args:
        what: an `Op` subclass (its subclasses are handled too), or an `@operation` function.
        handler: gets the operation; for an `@operation` function it gets the call's arguments. It runs in the scope
            outside this one, may perform operations (the same one too: it goes to the next handler out), suspend or raise.

    Raises:
        TypeError: `what` cannot be handled or `handler` is not callable.
    """
    if not callable(handler):
        raise TypeError(
            f"handling({name_of(what)}, {handler!r}): the handler is called with the operation; give a function"
        )
    if isinstance(what, Operation):
        return Installed(_only(cast(HandlerKey, what), _with_arguments), None, leaf=False, source=handler)
    if isinstance(what, type) and issubclass(what, Op):
        return Installed(_only(cast(HandlerKey, what), _as_it_is), None, leaf=False, source=handler)
    raise TypeError(f"handling({what!r}, …) takes a subclass of Op or a function decorated with @operation")


@functools.lru_cache(maxsize=1024)
def _only(what: HandlerKey, make: Callable[[Any], Handler]) -> Handlers:
    return {what: make}  # 232 bytes, which all scopes share that handle the same


def _as_it_is(handler: Handler) -> Handler:
    return handler


def _with_arguments(handler: Callable[..., Any]) -> Handler:
    return lambda call: handler(*call.args, **call.kwargs)
