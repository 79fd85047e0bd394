"""Scopes and dispatch: which handler answers an operation.

A scope is an immutable link in a chain that a context variable points at; entering one is setting the variable, so a
scope follows its computation through every switch and never leaks into another. Pure: no module here knows actors.

Invariants: a handler runs with the scope outside its own in force, so handlers wrap one another. The innermost handler
wins; among the handlers of one scope, the one for the nearest base class. Which handler answers is looked up once per
scope and key, then remembered in the scope's table.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar, cast

from actors.effects.outward import Outward
from actors.exits import ActorsError
from actors.ops import HandlerKey, Op, Question

A = TypeVar("A")
H = TypeVar("H")

Handler: TypeAlias = Callable[[Any], Any]
Handlers: TypeAlias = Mapping[HandlerKey, Handler]


class NoHandlerError(ActorsError, LookupError):
    """An operation was performed and nothing in scope handles it."""

    def __init__(self, op: Op[Any], in_scope: list[str]) -> None:
        """Take the operation and the names of what is in scope."""
        listed = ", ".join(in_scope) or "nothing"
        super().__init__(f"no handler for {op!r}. In scope: {listed}. {_advice(op)}")
        self.op = op
        self.in_scope = in_scope


# Asked first, when nothing handles an operation: what is above this layer may know more of where it was performed.
advisers: list[Callable[[], str | None]] = []


def _advice(op: Op[Any]) -> str:
    name = type(op).__name__
    known = next(filter(None, (adviser() for adviser in advisers)), None)
    if known is not None:
        return known
    if isinstance(op, Question):
        return (
            "A question needs an owner to answer it: run the computation with AsyncComputation.start(fn), or, where it "
            "is just called, inside `with answering(...):` from actors.testing."
        )
    if op.handled_by:
        named = getattr(op, "name", None)
        return f"Install one around the code that performs it: `with {op.handled_by}:`" + (
            "." if named is None else f", with name={named!r}."
        )
    return f"Install one around the code that performs it: `with handling({name}, lambda op: ...):`."


class Seam(Protocol):
    """Where an effect log stands between dispatch and handlers: it records and replays what passes.

    A scope asks it once per key; each performance then calls what `through` returned in the handler's place. A seam
    that was told to unload raises from every one of these.
    """

    def through(self, handler: Handler) -> Handler:
        """Return what is called instead of `handler`, with the operation."""
        ...

    def branches(self, count: int) -> list[Seam]:
        """Return one seam for each child of the `parallel` or `race` that is about to run."""
        ...

    def outside(self, what: str) -> None:
        """Refuse something that is no operation, if a replay could not do it again."""
        ...


NO_SOURCE: Final[Any] = object()


class Scope:
    """One link of the chain: the handlers it installed, and what it inherits from the scope outside it."""

    __slots__ = ("decorations", "handlers", "leaf", "outer", "seam", "source", "table")

    def __init__(self, outer: Scope | None, handlers: Handlers, *, leaf: bool = False, source: Any = NO_SOURCE) -> None:
        """Link `handlers` inside `outer`; `leaf` promises that they perform no operations themselves.

        With a `source` each is a function of it that returns the handler, called when one is first needed: many scopes
        then share one mapping, and a handler that is never used takes no memory.
        """
        self.outer = outer
        self.handlers = handlers
        self.leaf = leaf
        self.source = source
        # Most scopes never dispatch, an inner one does: 200 bytes saved for each of those.
        self.table: dict[HandlerKey, Entry] = _EMPTY
        self.seam: Seam | None = outer.seam if outer else None
        self.decorations: Decorations | None = outer.decorations if outer else None

    def resolve(self, op: Op[Any]) -> Entry:
        """Find the handler for an operation and remember it for its key.

        Raises:
            NoHandlerError: nothing in scope handles it.
        """
        handler, outer = self._search(op)
        if self.seam:
            handler = self.seam.through(handler)
        entry = handler, None if outer is None else Outward(_current, outer, handler)
        if self.table is _EMPTY:
            self.table = {}
        self.table[op.handler_key] = entry
        return entry

    def _search(self, op: Op[Any]) -> tuple[Handler, Scope | None]:
        keys = lineage(op.handler_key)
        for scope in self.chain():
            for key in keys:
                handler = scope.handlers.get(key)
                if handler is not None:
                    made = handler if scope.source is NO_SOURCE else handler(scope.source)
                    return made, None if scope.leaf else scope.outer
        default = getattr(op, "default_handler", None)
        if default is not None:
            return default, None
        raise NoHandlerError(op, self.in_scope())

    def chain(self) -> Iterator[Scope]:
        """Yield this scope and those outside it, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def in_scope(self) -> list[str]:
        """Return the names of what is handled here, innermost first, each once."""
        return list(dict.fromkeys(name_of(key) for scope in self.chain() for key in scope.handlers))

    def within(self, seam: Seam | None) -> Scope:
        """Return a scope inside this one in which operations pass through `seam` (None: through nothing)."""
        scope = Scope(self, {})
        scope.seam = seam
        return scope

    def decorated(self, key: Hashable, value: Callable[[], Any]) -> Scope:
        """Return a scope inside this one whose suspensions carry `value()` under `key`."""
        scope = Scope(self, {})
        scope.decorations = (key, value, self.decorations)
        return scope


Decorations: TypeAlias = tuple[Hashable, Callable[[], Any], "Decorations | None"]

# The handler for a key, and how it is called unless it performs nothing itself.
Entry: TypeAlias = tuple[Handler, Outward | None]

_EMPTY: dict[HandlerKey, Entry] = {}

OUTSIDE = Scope(None, {})  # what is in force where no computation runs; the standard effects put their defaults here

_current: ContextVar[Scope] = ContextVar("actors.scope", default=OUTSIDE)
current_scope = _current.get
enter_scope = _current.set


def perform(op: Op[A]) -> A:
    """Give an operation to the innermost handler for it and return the handler's answer.

    *Blocks until* the handler returns; a handler may suspend the computation.

    Raises:
        NoHandlerError: nothing in scope handles it.
        TypeError: `op` is not an operation.
        Exception: whatever the handler raises.
    """
    scope = current_scope()
    if not isinstance(op, Op):
        raise TypeError(f"{op!r} is not an operation; perform takes an instance of a subclass of Op")
    try:
        handler, outward = scope.table[op.handler_key]
    except KeyError:
        handler, outward = scope.resolve(op)
    if outward is None:
        return handler(op)  # type: ignore[no-any-return]  # handler tables are Any; the operation's type is the promise
    return outward.answer(op, scope)  # type: ignore[no-any-return]  # as above


def leave_scope(scope: Scope) -> None:
    """Leave a scope, and with it all that was entered within it.

    One that is not in force where it is left (a generator closed by the garbage collector, or left already together
    with a scope around it) leaves alone what is.

    Raises:
        RuntimeError: it was not the innermost.
    """
    current = current_scope()
    if current is scope:
        enter_scope(scope.outer or OUTSIDE)
    elif any(link is scope for link in current.chain()):
        enter_scope(scope.outer or OUTSIDE)
        raise RuntimeError(
            "a scope was left before the scopes entered within it; those are left now too. A generator that holds a "
            "`with` block open enters its scope in whoever runs it: run it to its end there, or yield outside the block"
        )


class Installed(Generic[H]):
    """A context manager that installs handlers for the length of a `with` block and yields what they hold."""

    __slots__ = ("_handlers", "_held", "_leaf", "_scope", "_source")

    def __init__(self, handlers: Handlers, held: H, *, leaf: bool = True, source: Any = NO_SOURCE) -> None:
        """Take the handlers by key, and what the block gets; `leaf`: they perform no operations themselves.

        With a `source` each is a function of it that returns the handler; see `Scope`.
        """
        self._handlers = handlers
        self._held = held
        self._leaf = leaf
        self._source = source
        self._scope: Scope | None = None

    def __enter__(self) -> H:
        """Enter the scope.

        Raises:
            RuntimeError: this very object is already entered.
        """
        if self._scope is not None:
            raise RuntimeError("this handler is already installed; make another one, by calling the function again")
        self._scope = Scope(current_scope(), self._handlers, leaf=self._leaf, source=self._source)
        enter_scope(self._scope)
        return self._held

    def __exit__(self, *_: object) -> None:
        """Leave the scope.

        Raises:
            RuntimeError: scopes that were entered within it are still open; they are left too.
        """
        if self._scope is not None:
            scope, self._scope = self._scope, None
            leave_scope(scope)


class Entered:
    """A context manager that enters a scope made from the one in force."""

    __slots__ = ("_inside", "_scope")

    def __init__(self, inside: Callable[[Scope], Scope]) -> None:
        """Take what makes the inner scope from the current one."""
        self._inside = inside
        self._scope: Scope | None = None

    def __enter__(self) -> None:
        """Enter the scope.

        Raises:
            RuntimeError: this very object is already entered.
        """
        if self._scope is not None:
            raise RuntimeError("this scope is already entered; make another one, by calling the function again")
        self._scope = self._inside(current_scope())
        enter_scope(self._scope)

    def __exit__(self, *_: object) -> None:
        """Leave the scope.

        Raises:
            RuntimeError: scopes that were entered within it are still open; they are left too.
        """
        if self._scope is not None:
            scope, self._scope = self._scope, None
            leave_scope(scope)


def decorating(key: Hashable, value: Callable[[], Any]) -> Entered:
    """Add `value()` under `key` to the `data` of every suspension within the block; the innermost wins a key.

    It is called once per suspension, where the suspension happens.

    Raises:
        TypeError: `value` is not callable.
    """
    if not callable(value):
        raise TypeError(
            f"decorating({key!r}, {value!r}): the second argument is called at each suspension; give a function"
        )
    return Entered(lambda scope: scope.decorated(key, value))


def decorations_of(scope: Scope) -> dict[Any, Any]:
    """Return what the decorations in force add to a suspension, freshly computed."""
    data: dict[Any, Any] = {}
    link = scope.decorations
    while link is not None:
        key, value, link = link
        if key not in data:
            data[key] = value()
    return data


def install_outside(handlers: Handlers) -> None:
    """Make handlers the defaults where no computation runs; done once, by the modules of the standard effects."""
    OUTSIDE.handlers = {**OUTSIDE.handlers, **handlers}
    OUTSIDE.table = _EMPTY


@lru_cache(maxsize=4096)
def lineage(key: Any) -> tuple[HandlerKey, ...]:
    """Return the keys under which a handler for `key` may be installed, nearest first."""
    if isinstance(key, tuple):
        operation, name = cast("tuple[Any, Any]", key)
        return tuple((base, name) for base in lineage(operation))
    if isinstance(key, type):
        bases: tuple[Any, ...] = inspect.getmro(cast("type[Any]", key))
        return tuple(filter(_is_operation, bases))
    return (key, *getattr(key, "lineage", ()))


def _is_operation(base: Any) -> bool:
    return issubclass(base, Op)


def name_of(key: Any) -> str:
    """Return a handler key as a person would name it."""
    if isinstance(key, tuple):
        return f"{name_of(key[0])}(name={key[1]!r})"
    return str(getattr(key, "__qualname__", key))
