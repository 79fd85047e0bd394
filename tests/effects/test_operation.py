"""`@operation`: a function whose call is an operation."""

import pytest

from actors.effects import handling, operation, perform, state
from actors.effects.operation import Call
from actors.ops import Op


@operation
def create_user(name: str, *, plan: str = "free") -> str:
    """Create one."""
    return f"{name} ({plan})"


@operation
def where() -> str:
    return str(state.get())


@pytest.mark.sentence("C8")
def test_an_operation_function_is_called_like_any_function_and_its_body_runs() -> None:
    assert create_user("Ada", plan="pro") == "Ada (pro)"


@pytest.mark.sentence("C8")
def test_a_scope_replaces_it_with_a_function_of_the_same_arguments() -> None:
    def fake(name: str, *, plan: str = "none") -> str:
        return f"fake {name} {plan}"

    with handling(create_user, fake):
        assert create_user("Ada", plan="pro") == "fake Ada pro"
        assert create_user("Ada") == "fake Ada none"
    assert create_user("Ada") == "Ada (free)"


@pytest.mark.sentence("C8")
def test_the_replacement_may_call_it_and_then_runs_the_next_one_out_or_the_body() -> None:
    def angular(name: str, *, plan: str = "free") -> str:
        return f"<{create_user(name, plan=plan)}>"

    def square(name: str, *, plan: str = "free") -> str:
        return f"[{create_user(name, plan=plan)}]"

    with handling(create_user, angular):
        with handling(create_user, square):
            assert create_user("Ada") == "[<Ada (free)>]"
        assert create_user("Ada") == "<Ada (free)>"


@pytest.mark.sentence("C8")
def test_the_body_runs_in_the_scope_of_its_caller() -> None:
    with state.holding("here"):
        assert where() == "here"


@pytest.mark.sentence("C8")
def test_the_replacement_of_one_function_leaves_the_others_alone() -> None:
    with handling(where, lambda: "fake"):
        assert create_user("Ada") == "Ada (free)"


@pytest.mark.sentence("C8")
def test_a_handler_for_calls_or_for_all_operations_gets_them_too() -> None:
    with handling(Call, lambda op: f"seen {op!r}"):
        assert create_user("Ada", plan="pro") == "seen create_user('Ada', plan='pro')"
    with handling(Op, repr):
        assert create_user("Ada") == "create_user('Ada')"


@pytest.mark.sentence("C8")
def test_what_the_body_raises_comes_out_of_the_call() -> None:
    @operation
    def fails() -> None:
        raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        fails()


def test_an_operation_function_keeps_the_name_and_the_docstring_of_its_body() -> None:
    assert (create_user.__name__, create_user.__doc__) == ("create_user", "Create one.")  # type: ignore[attr-defined]
    assert repr(create_user) == "<operation create_user>"


def test_wrong_arguments_are_the_error_of_the_body() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        create_user()  # type: ignore[call-arg]


def test_calls_compare_by_function_and_arguments() -> None:
    call = Call(create_user, ("Ada",), {"plan": "pro"})
    assert call == Call(create_user, ("Ada",), {"plan": "pro"})
    assert call != Call(create_user, ("Ada",), {})
    assert hash(call) == hash(Call(create_user, (["unhashable"],), {}))
    assert perform(call) == "Ada (pro)"


def test_only_plain_functions_can_be_operations() -> None:
    async def coroutine() -> None: ...

    def generator():  # type: ignore[no-untyped-def]  # its type does not matter
        yield

    for wrong in (coroutine, generator, len, 1):
        with pytest.raises(TypeError, match="takes a plain function"):
            operation(wrong)  # type: ignore[arg-type,unused-ignore]
