"""What `spawn` and `start` refuse, whatever kind of callable they are given."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from enum import Enum
from functools import lru_cache, partial, partialmethod, wraps
from typing import Any, Generic, TypeVar

import pytest

from actors import AsyncComputation, operation, spawn
from actors.runtime import Normal
from tests.runtime.watching import end_of

T = TypeVar("T")


class Account:
    def __init__(self, owner: str) -> None:
        self.owner = owner

    def pay(self, amount: int, *, currency: str = "EUR") -> None:
        pass

    def __call__(self, amount: int) -> None:
        pass

    @classmethod
    def opened(cls, owner: str) -> None:
        pass

    @staticmethod
    def checked(owner: str) -> None:
        pass

    def each(self) -> Any:
        yield self


def plain(first: int, second: int = 2, *, key: int = 0) -> None:
    pass


def strict(first: int, *, key: int) -> None:
    pass


def many(*args: int, **kwargs: int) -> None:
    pass


def positional(first: int, /, second: int) -> None:
    pass


@wraps(positional)
def supplying() -> None:
    positional(1, 2)


@operation
def stored(first: int, *, key: int = 0) -> None:
    pass


@lru_cache
def remembered(first: int) -> None:
    pass


class Box(Generic[T]):
    def __init__(self, content: T) -> None:
        self.content = content


class Static:
    @staticmethod
    def __call__(first: int) -> None:
        pass


class Partly:
    __call__ = staticmethod(partial(strict, 1, key=2))
    later = partialmethod(Account.pay, currency="USD")


class Empty:
    pass


class Color(Enum):
    RED = 1


ACCOUNT = Account("Ada")
unchecked: Any = partial  # the type checkers see what is wrong here too

REFUSED: list[tuple[Any, tuple[Any, ...], str]] = [
    (ACCOUNT.pay, (), "amount"),
    (ACCOUNT.pay, (1, 2), "too many"),
    (ACCOUNT, (), "amount"),
    (ACCOUNT, (1, 2), "too many"),
    (ACCOUNT.each, (), "generator"),
    (Account, (), "owner"),
    (Account, (1, 2), "too many"),
    (Account.opened, (), "owner"),
    (Account.checked, (1, 2), "too many"),
    (plain, (1, 2, 3), "too many"),
    (strict, (), "first"),
    (strict, (1,), "key"),
    (partial(plain), (), "first"),
    (partial(plain, 1), (2, 3), "too many"),
    (unchecked(plain, other=1), (1,), "other"),
    (partial(plain, first=1), (1,), "first"),
    (partial(strict, 1), (), "key"),
    (unchecked(partial(strict, 1), wrong=1), (), "key|wrong"),
    (partial(ACCOUNT.pay, 1), (2,), "too many"),
    (partial(Account.each), (ACCOUNT,), "generator"),
    (positional, (1,), "second"),
    (unchecked(positional, first=1), (2,), "first|second"),
    (len, (), "argument"),
    (len, ([], []), "too many"),
    ("".join, (), "argument"),
    (supplying, (1, 2), "too many"),
    (stored, (), "first"),
    (stored, (1, 2), "too many"),
    (unchecked(stored, other=1), (1,), "other"),
    (remembered, (), "first"),
    (Box[int], (), "content"),
    (partial(Box[int], 1), (2,), "too many"),
    (Static(), (), "first"),
    (Partly(), (3,), "too many"),
    (Partly().later, (1, 2, 3), "too many"),
    (staticmethod(plain), (), "first"),
    (Empty, (1,), "too many"),
    ("".encode, (1, 2, 3), "too many"),
    (object, (1,), "too many"),
    (json.dumps, (), "obj"),
    (json.dumps, (1, 2), "too many"),
]

TAKEN: list[tuple[Any, tuple[Any, ...]]] = [
    (ACCOUNT.pay, (1,)),
    (ACCOUNT, (1,)),
    (Account, ("Ada",)),
    (Account.opened, ("Ada",)),
    (ACCOUNT.checked, ("Ada",)),
    (plain, (1,)),
    (plain, (1, 2)),
    (partial(plain, key=1), (1, 2)),
    (partial(plain, second=1), (1,)),
    (partial(strict, key=1), (1,)),
    (partial(partial(strict, 1), key=1), ()),
    (partial(ACCOUNT.pay, 1, currency="USD"), ()),
    (partial(many, 1, x=2), (3, 4)),
    (partial(positional, 1, second=2), ()),
    (many, ()),
    (len, ("abc",)),
    (dict, ()),
    (supplying, ()),
    (stored, (1,)),
    (partial(stored, key=1), (1,)),
    (remembered, (1,)),
    (Box[int], (1,)),
    (Static(), (1,)),
    (Partly(), ()),
    (Empty, ()),
    (Color, (1,)),
    (staticmethod(plain), (1,)),
    (json.dumps, (1,)),
]


@pytest.mark.sentence("R1")
@pytest.mark.parametrize(("body", "args", "words"), REFUSED)
def test_arguments_that_do_not_fit_are_refused_where_they_are_given(
    body: Callable[..., Any], args: tuple[Any, ...], words: str
) -> None:
    for start in (spawn, AsyncComputation.start):
        with pytest.raises(TypeError, match=words):
            start(body, *args)


@pytest.mark.sentence("R1")
@pytest.mark.parametrize(("body", "args"), TAKEN)
def test_arguments_that_fit_are_taken(body: Callable[..., Any], args: tuple[Any, ...]) -> None:
    assert end_of(spawn(body, *args, link=False)) == Normal()


@pytest.mark.parametrize(("body", "args"), [(len, ("abc",)), (Color, (1,)), (int, ("1",)), (Box, (1,)), (stored, (1,))])
def test_a_signature_is_read_once(body: Any, args: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    spawn(body, *args)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(inspect, "signature", refuse)
    assert end_of(spawn(body, *args, link=False)) == Normal()


def test_functions_of_one_code_may_have_different_defaults() -> None:
    def made(default: int | None) -> Callable[..., None]:
        if default is None:
            return plain

        def body(first: int = default) -> None:
            pass

        return body

    without: Any = made(1)
    without.__defaults__ = None
    with pytest.raises(TypeError, match="first"):
        spawn(without)
    assert end_of(spawn(made(2), link=False)) == Normal()


@pytest.mark.sentence("R1")
def test_a_computation_is_made_by_start_and_the_error_says_so() -> None:
    maker: Any = AsyncComputation
    for args in ((plain,), (plain, 1)):
        with pytest.raises(TypeError, match=r"AsyncComputation\.start\("):
            maker(*args)
