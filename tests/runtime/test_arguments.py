"""What `spawn` and `start` refuse, whatever kind of callable they are given."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from actors import AsyncComputation, spawn
from actors.runtime import Normal
from tests.runtime.watching import end_of


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
