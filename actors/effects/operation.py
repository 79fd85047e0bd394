"""`@operation`: a function whose call is an operation, and `handling`, which replaces one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ClassVar, Generic, ParamSpec, Protocol, TypeVar, cast, overload

from actors.clock import Seconds, checked_seconds
from actors.effects.inside import InProcess
from actors.effects.retrying import Retry, limited
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
        if function.retry is None and function.timeout is None:
            return function.body(*call.args, **call.kwargs)
        return cast(A, function.try_body(functools.partial(function.body, *call.args, **call.kwargs)))

    @property
    def in_process(self) -> bool:  # type: ignore[override]  # one answer a function, where other operations have one a class
        """Whether a replay runs it again; its function's."""
        return bool(self.handler_key.in_process)

    @property
    def idempotent(self) -> bool:  # type: ignore[override]  # as above
        """Whether nobody waits until its answer is on disk; its function's."""
        return bool(self.handler_key.idempotent)

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

    in_process = idempotent = False
    retry: Retry | None = None
    timeout: Seconds = None

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

    def try_body(self, body: Callable[[], Any]) -> Any:
        """Run the body, given its arguments, within its time limit, and again as often as is allowed."""
        within = functools.partial(limited, self.timeout, body)
        return within() if self.retry is None else self.retry.run(within)

    def __repr__(self) -> str:
        """Name the function."""
        return f"<operation {name_of(self)}>"


class Making(Protocol):
    """What `operation(…)` with options returns."""

    def __call__(self, body: Callable[P, A], /) -> Operation[P, A]:
        """Make a function an operation."""
        ...


@overload
def operation(body: Callable[P, A], /) -> Operation[P, A]: ...
@overload
def operation(
    *, idempotent: bool = False, in_process: bool = False, retry: Retry | None = None, timeout: Seconds = None
) -> Making: ...
def operation(
    body: Any = None,
    /,
    *,
    idempotent: bool = False,
    in_process: bool = False,
    retry: Retry | None = None,
    timeout: Seconds = None,
) -> Any:
    """Make a function an operation: called like any function, replaceable with `handling`, recorded by an effect log.

    Use it as `@operation`, or with options as `@operation(idempotent=True)`. In a durable run it is *external* unless an
    option says otherwise: it begins once everything before it is on disk, its own call included, and the run goes on once
    its answer is. If the process dies meanwhile it is performed again, with the same `current_operation().key`.

    Args:
        body: the function.
        idempotent: to do it twice is as good as once; the run goes on without waiting for the answer to be on disk.
        in_process: it keeps to the computation's own memory: it is not recorded, and a replay runs it again.
        retry: it is tried again when it raises; only the last answer is recorded.
        timeout: seconds for each try, then `TimeoutError`. What blocks nothing but the processor is not interrupted.

    Raises:
        TypeError: it is a coroutine function, a generator function or not a function at all; an option is of another type.
        ValueError: `timeout` is negative, or both `idempotent` and `in_process` are given.
    """
    if retry is not None and not isinstance(retry, Retry):
        raise TypeError(f"retry={retry!r}: give Retry(times, backoff, on=…) or None")
    if idempotent and in_process:
        raise ValueError(
            "idempotent=True, in_process=True: what is run again at a replay has no answer to wait for; give one"
        )
    checked_seconds("timeout", timeout)

    def make(function: Callable[P, A]) -> Operation[P, A]:
        made = Operation(function)
        made.idempotent, made.in_process, made.retry, made.timeout = idempotent, in_process, retry, timeout
        return made

    return make if body is None else make(body)


@overload
def handling(what: Replaceable[F], handler: F, *, in_process: bool = False) -> Installed[None]: ...
@overload
def handling(what: type[O], handler: Callable[[O], Any], *, in_process: bool = False) -> Installed[None]: ...
def handling(what: Any, handler: Callable[..., Any], *, in_process: bool = False) -> Installed[None]:
    """Install a handler for the length of a `with` block.

    Args:
        what: an `Op` subclass (its subclasses are handled too), or an `@operation` function.
        handler: gets the operation; for an `@operation` function it gets the call's arguments. It runs in the scope
            outside this one, may perform operations (the same one too: it goes to the next handler out), suspend or raise.
        in_process: it keeps to the computation's own memory: an effect log records what it performs, not what it answers,
            and a replay runs it again.

    Raises:
        TypeError: `what` cannot be handled or `handler` is not callable.
    """
    if not callable(handler):
        raise TypeError(
            f"handling({name_of(what)}, {handler!r}): the handler is called with the operation; give a function"
        )
    if isinstance(what, Operation):
        make = _inside_with_arguments if in_process else _with_arguments
        return Installed(_only(cast(HandlerKey, what), make), None, leaf=False, source=handler)
    if isinstance(what, type) and issubclass(what, Op):
        make = InProcess if in_process else _as_it_is
        return Installed(_only(cast(HandlerKey, what), make), None, leaf=False, source=handler)
    raise TypeError(f"handling({what!r}, …) takes a subclass of Op or a function decorated with @operation")


@functools.lru_cache(maxsize=1024)
def _only(what: HandlerKey, make: Callable[[Any], Handler]) -> Handlers:
    return {what: make}  # 232 bytes, which all scopes share that handle the same


def _as_it_is(handler: Handler) -> Handler:
    return handler


def _with_arguments(handler: Callable[..., Any]) -> Handler:
    return lambda call: handler(*call.args, **call.kwargs)


def _inside_with_arguments(handler: Callable[..., Any]) -> Handler:
    return InProcess(_with_arguments(handler))
