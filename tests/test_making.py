"""Operations are made at once where the core is compiled, and are the same as those that `__init__` makes."""

import copy
import pickle
from dataclasses import FrozenInstanceError, field
from functools import partial
from typing import Any

import pytest

from actors.effects import events, state, writer
from actors.ops import Op, Question


class Pair(Op[int]):
    first: int
    second: str = "two"


class Narrow(Pair):
    third: Any = None


class Named(Question[str]):
    name: str


class Counted(Op[int]):
    count: int
    seen: list[int] = field(default_factory=list[int])


def test_fields_are_those_that_were_given_and_defaults_the_others() -> None:
    assert (Pair(1).first, Pair(1).second, Pair(1, "b").second) == (1, "two", "b")
    assert Pair(1) == Pair(first=1) == Pair(1, second="two") != Pair(2)
    assert (Narrow(1, "b", 3), Narrow(1)) == (Narrow(first=1, second="b", third=3), Narrow(1, "two", None))
    assert vars(Pair(1)) == {"first": 1, "second": "two"}
    assert repr(Named("x")) == "Named(name='x')"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (partial(Pair), "missing 1 required positional argument: 'first'"),  # pyright: ignore[reportCallIssue]
        (lambda: Pair(1, "b", 3), "takes from 2 to 3 positional arguments but 4 were given"),  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        (lambda: Pair(1, third=3), "unexpected keyword argument 'third'"),  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        (lambda: Pair(1, first=3), "multiple values for argument 'first'"),  # type: ignore[misc]  # pyright: ignore[reportCallIssue]
    ],
)
def test_wrong_arguments_are_refused_in_the_words_of_python(make: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        make()


def test_an_operation_is_frozen_and_can_be_copied() -> None:
    made = Pair(1, "b")
    with pytest.raises(FrozenInstanceError):
        made.first = 2  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    assert copy.copy(made) == copy.deepcopy(made) == pickle.loads(pickle.dumps(made)) == made


def test_defaults_that_are_made_anew_are_not_shared() -> None:
    assert Counted(1).seen is not Counted(1).seen


def test_an_init_that_is_replaced_later_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(self: Pair, first: int) -> None:
        self.__dict__["first"] = -first

    monkeypatch.setattr(Pair, "__init__", init)
    assert Pair(1).first == -1
    monkeypatch.undo()
    assert Pair(1).first == 1


def test_a_new_that_is_given_later_is_called() -> None:
    made: list[Any] = []

    class Late(Op[int]):
        first: int

    def new(cls: type[Late], *_: Any) -> Late:
        made.append(cls)
        return object.__new__(cls)

    setattr(Late, "__new__", new)  # noqa: B010  the checkers refuse the plain assignment
    assert Late(1).first == 1
    assert made == [Late]


def test_a_subclass_with_an_init_of_its_own_is_made_by_it() -> None:
    class Own(Pair):
        def __init__(self, first: int) -> None:
            super().__init__(first + 1, "own")

    assert (Own(1).first, Own(1).second) == (2, "own")


def test_a_field_that_the_class_computes_is_left_to_it() -> None:
    def size(_: Any) -> int:
        return 7

    computed: Any = type("Computed", (Op,), {"__annotations__": {"size": int}, "size": property(size)})
    assert computed(1).size == 7


@pytest.mark.parametrize("kind", [state.Put, events.Emit, writer.Tell])
def test_named_operations_are_the_same_however_they_are_made(kind: Any) -> None:
    plain, named = kind(1), kind(1, "n")
    assert plain == kind(1, None) == kind(*[1], name=None) != named
    assert (plain.name, plain.handler_key) == (None, kind)
    assert (named.name, named.handler_key) == ("n", (kind, "n"))
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        kind()
