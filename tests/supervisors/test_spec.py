"""What a supervisor is told is checked when it is made; the error names the field. No greenlet runs here."""

from collections.abc import Callable
from math import inf, nan
from typing import Any, cast

import pytest

from actors.exits import ActorsError
from actors.runtime import ActorRef, spawn
from supervisors import AutoShutdown, Backoff, ChildSpec, Intensity, Restart, Strategy, Supervisor
from supervisors.errors import SpecError
from supervisors.spec import checked_children

pytestmark = pytest.mark.sentence("S8")

wrong = cast(Any, None)


def start() -> ActorRef:
    return spawn(print)


def spec(**fields: Any) -> ChildSpec[ActorRef]:
    given: dict[str, Any] = {"id": "a", "start": start, **fields}
    return ChildSpec(**given)


BAD: list[tuple[str, Callable[[], object]]] = [
    ("id", lambda: spec(id=[])),
    ("id", lambda: spec(id={"a": 1})),
    ("start", lambda: spec(start=None)),
    ("start", lambda: spec(start="worker")),
    ("restart", lambda: spec(restart="permanent")),
    ("restart", lambda: spec(restart=None)),
    ("restart", lambda: spec(restart=True)),
    ("shutdown", lambda: spec(shutdown=-1)),
    ("shutdown", lambda: spec(shutdown=-0.001)),
    ("shutdown", lambda: spec(shutdown=nan)),
    ("shutdown", lambda: spec(shutdown=inf)),
    ("shutdown", lambda: spec(shutdown="5")),
    ("shutdown", lambda: spec(shutdown=True)),
    ("start_timeout", lambda: spec(start_timeout=-1.0)),
    ("start_timeout", lambda: spec(start_timeout=nan)),
    ("start_timeout", lambda: spec(start_timeout=inf)),
    ("start_timeout", lambda: spec(start_timeout="soon")),
    ("significant", lambda: spec(significant=1)),
    ("significant", lambda: spec(significant=None)),
    ("significant", lambda: spec(significant=True)),
    ("backoff", lambda: spec(backoff=1.0)),
    ("backoff", lambda: spec(backoff=Backoff)),
    ("first", lambda: Backoff(-0.1)),
    ("first", lambda: Backoff(nan)),
    ("first", lambda: Backoff(inf, most=inf)),
    ("first", lambda: Backoff(cast(Any, "1"))),
    ("first", lambda: Backoff(wrong)),
    ("factor", lambda: Backoff(factor=0.5)),
    ("factor", lambda: Backoff(factor=nan)),
    ("factor", lambda: Backoff(factor=inf)),
    ("factor", lambda: Backoff(factor=True)),
    ("factor", lambda: Backoff(factor=cast(Any, "2"))),
    ("most", lambda: Backoff(2.0, most=1.0)),
    ("most", lambda: Backoff(most=nan)),
    ("most", lambda: Backoff(most=inf)),
    ("most", lambda: Backoff(most=wrong)),
    ("restarts", lambda: Intensity(-1)),
    ("restarts", lambda: Intensity(cast(Any, 1.5))),
    ("restarts", lambda: Intensity(True)),
    ("restarts", lambda: Intensity(cast(Any, "3"))),
    ("restarts", lambda: Intensity(wrong)),
    ("seconds", lambda: Intensity(seconds=0)),
    ("seconds", lambda: Intensity(seconds=-1)),
    ("seconds", lambda: Intensity(seconds=nan)),
    ("seconds", lambda: Intensity(seconds=inf)),
    ("seconds", lambda: Intensity(seconds=wrong)),
    ("seconds", lambda: Intensity(seconds=cast(Any, "5"))),
    ("children", lambda: Supervisor.start(cast(Any, 7))),
    ("children", lambda: Supervisor.start(cast(Any, spec()))),
    ("children", lambda: Supervisor.start([cast(Any, start)])),
    ("children", lambda: Supervisor.start([cast(Any, {"id": "a", "start": start})])),
    ("id", lambda: Supervisor.start([spec(), spec()])),
    ("id", lambda: Supervisor.start([spec(id=1), spec(id=1.0)])),
    ("significant", lambda: Supervisor.start([spec(restart=Restart.TRANSIENT, significant=True)])),
    ("strategy", lambda: Supervisor.start(strategy=cast(Any, "one_for_one"))),
    ("strategy", lambda: Supervisor.start(strategy=wrong)),
    ("strategy", lambda: Supervisor.start(strategy=cast(Any, Restart.PERMANENT))),
    ("intensity", lambda: Supervisor.start(intensity=cast(Any, 3))),
    ("intensity", lambda: Supervisor.start(intensity=cast(Any, (3, 5.0)))),
    ("auto_shutdown", lambda: Supervisor.start(auto_shutdown=cast(Any, True))),
    ("auto_shutdown", lambda: Supervisor.start(auto_shutdown=cast(Any, "never"))),
]


@pytest.mark.parametrize(("field", "make"), BAD, ids=[f"{number}-{field}" for number, (field, _) in enumerate(BAD)])
def test_what_cannot_be_is_refused_where_it_is_given_and_the_field_is_named(field: str, make: Callable[[], object]) -> None:
    with pytest.raises(SpecError) as error:
        make()
    assert error.value.field == field
    assert str(error.value).startswith(f"{field}=")
    assert isinstance(error.value, ValueError)
    assert isinstance(error.value, ActorsError)


def test_an_unknown_option_is_refused_by_python() -> None:
    with pytest.raises(TypeError, match="retries"):
        spec(retries=3)
    with pytest.raises(TypeError, match="max_restarts"):
        Supervisor.start(**cast(Any, {"max_restarts": 3}))


def test_the_message_has_the_value_and_what_to_give() -> None:
    with pytest.raises(SpecError, match=r"restart='always': give Restart\.PERMANENT, TRANSIENT or TEMPORARY"):
        spec(restart="always")
    with pytest.raises(SpecError, match=r"strategy='one_for_one': give Strategy\.ONE_FOR_ONE"):
        Supervisor.start(strategy=cast(Any, "one_for_one"))


def test_what_may_be_is_kept() -> None:
    made = spec(
        id=("a", 1), shutdown=0, start_timeout=None, restart=Restart.TEMPORARY, significant=True, backoff=Backoff(0)
    )
    assert (made.id, made.shutdown, made.start_timeout, made.significant) == (("a", 1), 0, None, True)
    assert spec(shutdown=None).shutdown is None
    assert spec() == spec()
    assert checked_children(iter([made]), AutoShutdown.ANY_SIGNIFICANT) == (made,)
    assert [member.name for member in Strategy] == ["ONE_FOR_ONE", "ONE_FOR_ALL", "REST_FOR_ONE"]


def test_specs_are_values_that_cannot_be_changed() -> None:
    made: Any = spec()
    with pytest.raises(AttributeError):
        made.restart = Restart.TEMPORARY
    assert hash(made) == hash(spec())
