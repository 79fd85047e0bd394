"""Operations and questions: what a computation asks for, as plain values.

A subclass of `Op` or `Question` is a frozen dataclass without saying so: fields are its annotations, it compares by
field, prints itself, and can be matched. A subclass that writes its own `__init__` is left as it is.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterable
from enum import Enum
from types import MemberDescriptorType
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar, cast, dataclass_transform

from actors.making import make_directly

A_co = TypeVar("A_co", covariant=True)

# What handlers are looked up by: an operation's class, (class, name), or an @operation function.
HandlerKey: TypeAlias = Any

_RESERVED = frozenset({"handler_key", "idempotent", "in_process", "local", "parse", "has_parse"})


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
class Op(Generic[A_co]):
    """A request for an `A` that a handler answers.

    `handler_key` is what handlers are looked up by: the class, unless the operation is one of several that share a
    class (named effects).

    A replay takes answers from the effect log. In a durable run an operation is external unless its class says otherwise:
    it begins once everything before it is on disk, and goes on once its answer is. `idempotent = True` does not wait for
    the answer, `local = True` for neither: its handlers touch nothing that outlives the process (the clock, random
    numbers). `in_process = True` promises that they keep to the computation's own memory, and they are run again.
    """

    __slots__ = ()
    handler_key: ClassVar[HandlerKey]
    handled_by: ClassVar[str] = ""  # what installs a handler, for the error that says there is none
    idempotent: ClassVar[bool] = False
    in_process: ClassVar[bool] = False
    local: ClassVar[bool] = False

    def __init_subclass__(cls, *, abstract: bool = False, frozen: bool = True, **options: Any) -> None:
        """Make the subclass a frozen dataclass, unless it is only there to be derived from.

        Args:
            abstract: it is only there to be derived from.
            frozen: False tells the type checkers that it is written by hand and sets its slots itself.
            options: for other bases.

        Raises:
            TypeError: a field has a name that dispatch uses, or is added to a class with an `__init__` of its own.
        """
        super().__init_subclass__(**options)
        own: dict[str, Any] = inspect.get_annotations(cls)
        if taken := sorted(name for name in _RESERVED.intersection(own) if "ClassVar" not in str(own[name])):
            raise TypeError(f"{cls.__qualname__} has a field {taken[0]!r}, a name that operations use; rename the field")
        if not isinstance(getattr(cls, "handler_key", None), MemberDescriptorType):
            cls.handler_key = cls
        if abstract or not frozen:
            return
        if _written_by_hand(cls) is None:
            _as_frozen_dataclass(cls)
        elif own and _written_by_hand(cls) is not cls:
            raise TypeError(
                f"{cls.__qualname__} adds fields to {_written_by_hand(cls)}, which has an __init__ of its own; "
                "give it one too, or derive from Op or Question"
            )


def _written_by_hand(cls: Any) -> Any:
    maker = next(base for base in cls.__mro__ if "__init__" in base.__dict__)
    return None if maker is object or "__dataclass_fields__" in maker.__dict__ else maker


def _as_frozen_dataclass(cls: type[Op[Any]]) -> None:
    """Apply `dataclass(frozen=True)`, with a constructor that costs 190 ns instead of 320 for two fields."""
    made: Any = dataclasses.dataclass(frozen=True)(cls)
    fields = dataclasses.fields(made)
    plain = all(f.init and not f.kw_only and f.default_factory is dataclasses.MISSING for f in fields)
    if fields and plain and not hasattr(made, "__post_init__"):
        init = _fast_constructor(made, fields)
        setattr(made, "__init__", init)  # noqa: B010  the checkers refuse the plain assignment
        make_directly(made, init, tuple(f.name for f in fields))


def _fast_constructor(cls: type[Op[Any]], fields: Iterable[dataclasses.Field[Any]]) -> Callable[..., None]:
    # The generated one goes through object.__setattr__ for each field, because the class refuses plain assignment.
    names = [f.name for f in fields]
    slow: Any = cls.__init__
    body = "".join(f"\n    values[{name!r}] = {name}" for name in names)
    namespace: dict[str, Any] = {}
    exec(f"def __init__(self, {', '.join(names)}):\n    values = self.__dict__{body}", namespace)
    made: Any = namespace["__init__"]
    made.__defaults__ = slow.__defaults__
    made.__qualname__ = slow.__qualname__
    made.__annotations__ = slow.__annotations__
    made.__module__ = cls.__module__
    return made  # type: ignore[no-any-return]  # what exec made


class Question(Op[A_co], abstract=True):
    """An operation that the *owner* answers, after the computation suspended on it.

    Two fields or attributes are read by whoever shows it to a person, when they are there: `prompt` (the text) and
    `options` (the answers to choose from). `parse` turns what the person gave into the answer.
    """

    __slots__ = ()
    has_parse: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        """Note whether answers go through `parse`, so that those that do not pay nothing."""
        super().__init_subclass__(**options)
        own = "parse" in cls.__dict__ or "options" in cls.__dict__ or "options" in inspect.get_annotations(cls)
        cls.has_parse = own or cls.has_parse

    def parse(self, answer: Any) -> A_co:
        """Turn what was answered into the answer; runs where the answer is given, before it is taken.

        The default takes an answer as it is; with `options` it takes one of them, or its name, value or text.

        Raises:
            ValueError: the answer is refused; the message is for the person, and the question is put again.
        """
        options = options_of(self)
        return cast(A_co, chosen(answer, options) if options else answer)


class Prompt(Question[str]):
    """Ask for a line of text; `name` is the field's name, `text` what the person reads (by default the name)."""

    name: str
    text: str = ""

    @property
    def prompt(self) -> str:
        """The text that is shown."""
        return self.text or self.name


@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """What a long job gives to `notify`; `done` of `total` (None when the total is not known) and a line of text."""

    done: float
    total: float | None = None
    text: str = ""


def prompt_of(question: Op[Any]) -> str:
    """Return the text to show for a question: its `prompt`, or its class and fields."""
    text = getattr(question, "prompt", None)
    return text if isinstance(text, str) and text else repr(question)


def options_of(question: Op[Any]) -> tuple[Any, ...]:
    """Return the answers a question offers, empty when it takes any."""
    return tuple(getattr(question, "options", None) or ())


def label_of(option: object) -> str:
    """Return what a person types to choose an option: an enum's value if it is text, else its name; else its text."""
    if isinstance(option, Enum):
        return option.value if isinstance(option.value, str) else option.name
    return str(option)


def chosen(answer: object, options: tuple[Any, ...]) -> Any:
    """Return the option that an answer means: the option itself, its label, or an enum's name, in any case.

    Raises:
        ValueError: it means none of them, or more than one; the message lists the options.
    """
    for option in options:
        if option is answer or (type(option) is type(answer) and option == answer):
            return option
    text = str(answer).strip().casefold()
    names = [(option, {label_of(option).casefold()} | _enum_names(option)) for option in options]
    found = [option for option, known in names if text in known]
    if len(found) == 1:
        return found[0]
    raise ValueError(f"{answer!r} is not one of: {', '.join(label_of(option) for option in options)}")


def _enum_names(option: object) -> set[str]:
    return {option.name.casefold(), str(option.value).casefold()} if isinstance(option, Enum) else set()
