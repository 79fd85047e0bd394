"""What is asked of the interpreter without detours, in plain Python; all other tests hold the compiled core to it."""

import re
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from types import FunctionType, SimpleNamespace
from typing import Any

import pytest

from actors.exits import ActorExit, Crash
from actors.runtime import native
from tests.structure.sources import ROOT


def none() -> None: ...


def two(a: Any, b: Any) -> None: ...


def any_more_than_one(a: Any, *more: Any) -> None: ...


def with_default(a: Any = 1) -> None: ...


def with_keyword(*, key: Any) -> None: ...


def generator() -> Any:
    yield 1


async def coroutine() -> None: ...


@pytest.mark.parametrize(
    ("function", "given", "fits"),
    [
        (none, 0, True),
        (none, 1, False),
        (two, 2, True),
        (two, 1, False),
        (any_more_than_one, 0, False),
        (any_more_than_one, 1, True),
        (any_more_than_one, 5, True),
        (with_default, 1, False),
        (with_keyword, 0, False),
        (generator, 0, False),
        (coroutine, 0, False),
        (partial(two, 1), 1, False),
        (print, 1, False),
        (3, 0, False),
    ],
)
def test_only_what_is_simple_fits(function: Callable[..., Any], given: int, fits: bool) -> None:
    assert native.fits(function, given) is fits


def test_a_value_is_made_with_its_only_field() -> None:
    error = ValueError("x")
    assert native.valued(Crash, "error", error) == Crash(error)
    assert native.valued(Crash, "error", error).error is error


def test_a_blank_is_not_filled() -> None:
    assert not hasattr(native.blank(Crash), "error")


def test_what_a_class_says_of_itself_does_not_count_in_c() -> None:
    assert native.is_a(ActorExit(), ActorExit)
    assert not native.is_a(ValueError(), ActorExit)


def test_the_value_of_a_context_variable_is_its_default_until_it_is_set() -> None:
    variable: ContextVar[int] = ContextVar("variable", default=1)
    before = native.in_force(variable)
    variable.set(2)
    assert (before, native.in_force(variable)) == (1, 2)


def test_attributes_are_what_the_dict_of_an_object_holds() -> None:
    assert not native.has_attributes(SimpleNamespace())
    assert native.has_attributes(SimpleNamespace(mine=1))


def caught() -> ValueError:
    try:
        raise ValueError("x")
    except ValueError as error:
        return error


def test_the_outermost_frame_is_taken_off() -> None:
    error = caught()
    native.without_this_frame(error)
    assert error.__traceback__ is None
    native.without_this_frame(error)  # there is none: nothing to do
    assert error.__traceback__ is None


@pytest.mark.parametrize(("name", "module"), [("a.b", "a.b"), (3, ""), (None, "")])
def test_the_module_of_a_frame_is_text(name: Any, module: str) -> None:
    names: dict[str, Any] = {} if name is None else {"__name__": name}
    raising = FunctionType(caught.__code__, {"ValueError": ValueError, **names})
    trace = raising().__traceback__
    assert trace is not None
    assert native.module_of(trace) == module


def test_each_function_stands_in_c_too() -> None:
    python = set(re.findall(r"^def (\w+)", (ROOT / "actors/runtime/native.py").read_text(encoding="utf-8"), re.MULTILINE))
    inline = (ROOT / "actors/runtime/native.pxd").read_text(encoding="utf-8")
    assert set(re.findall(r"^cdef inline \w+ (\w+)", inline, re.MULTILINE)) == python


def test_the_flags_written_in_c_are_those_of_inspect() -> None:
    inline = (ROOT / "actors/runtime/native.pxd").read_text(encoding="utf-8")
    found = re.search(r"NOT_PLAIN = (.+)\n", inline)
    assert found is not None
    assert sum(int(flag, 16) for flag in found[1].split(" | ")) == native.NOT_PLAIN
