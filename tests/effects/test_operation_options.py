"""The options of `@operation`: tries, time limits, and what they say of it."""

from collections.abc import Callable
from typing import Any

import gevent
import pytest

from actors import AsyncComputation, Completed, Throw
from actors.children import Backoff
from actors.effects import Retry, clock, operation
from actors.effects.operation import Call
from actors.ops import Op

pytestmark = pytest.mark.sentence("C8")


class Flaky:
    """Raises as often as it is told, then returns."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.failures = failures
        self.error = error
        self.tries = 0

    def __call__(self) -> str:
        self.tries += 1
        if self.tries <= self.failures:
            raise self.error
        return f"try {self.tries}"


def retried(flaky: Flaky, retry: Retry) -> Callable[[], str]:
    @operation(retry=retry)
    def fetch() -> str:
        return flaky()

    return fetch


def test_it_is_tried_again_after_a_growing_wait() -> None:
    flaky = Flaky(2, OSError("down"))
    with clock.manual() as time:
        assert retried(flaky, Retry(3, Backoff(1.0, 2.0, 30.0)))() == "try 3"
    assert time.slept == [1.0, 2.0]


def test_the_last_error_is_raised() -> None:
    error = OSError("down")
    flaky = Flaky(9, error)
    with clock.manual(), pytest.raises(OSError, match="down") as raised:
        retried(flaky, Retry(3))()
    assert raised.value is error
    assert flaky.tries == 3


def test_another_error_is_not_tried_again() -> None:
    flaky = Flaky(1, ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        retried(flaky, Retry(3, on=(OSError, LookupError)))()
    assert flaky.tries == 1


def test_a_try_that_takes_too_long_is_a_timeout_in_a_run_and_outside() -> None:
    @operation(timeout=0.01)
    def slow() -> str:
        gevent.sleep(60)
        return "never"

    with pytest.raises(TimeoutError, match=r"longer than 0\.01 seconds"):
        slow()
    _, outcome = AsyncComputation.start_sync(slow)
    assert isinstance(outcome, Throw)
    assert isinstance(outcome.error, TimeoutError)


def test_each_try_has_the_time_limit() -> None:
    tries: list[int] = []

    @operation(retry=Retry(3, Backoff(0.0, 1.0, 0.0), on=TimeoutError), timeout=0.01)
    def slow() -> str:
        tries.append(1)
        if len(tries) < 3:
            clock.sleep(60)
        return "at last"

    _, outcome = AsyncComputation.start_sync(slow)
    assert outcome == Completed("at last")


def test_the_body_of_one_with_a_time_limit_runs_in_the_scope_of_its_caller() -> None:
    @operation(timeout=5)
    def when() -> float:
        return clock.now()

    with clock.manual(7.0):
        assert when() == 7.0


def test_what_it_is_shows_on_its_calls() -> None:
    @operation(idempotent=True)
    def again() -> None: ...

    @operation(in_process=True)
    def inside() -> None: ...

    @operation
    def outside() -> None: ...

    calls: list[Any] = [Call(function, (), {}) for function in (again, inside, outside)]
    assert [(call.idempotent, call.in_process, call.local) for call in calls] == [
        (True, False, False),
        (False, True, False),
        (False, False, False),
    ]
    assert (Op.idempotent, Op.in_process, Op.local) == (False, False, False)


any_retry: Any = Retry
any_operation: Any = operation


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        pytest.param(lambda: any_retry(0), ValueError, "times=0: it is tried once at least", id="times"),
        pytest.param(lambda: any_retry("3"), TypeError, "times='3': give the number of tries", id="text"),
        pytest.param(lambda: any_retry(True), TypeError, "times=True", id="bool"),
        pytest.param(lambda: any_retry(backoff=1), TypeError, "backoff=1: give Backoff", id="backoff"),
        pytest.param(lambda: any_retry(on=BaseException), TypeError, "give a subclass of Exception", id="on"),
        pytest.param(lambda: any_operation(retry=3), TypeError, "retry=3: give Retry", id="retry"),
        pytest.param(lambda: any_operation(timeout=-1), ValueError, "timeout=-1 is not a duration", id="timeout"),
        pytest.param(lambda: any_operation(idempotent=True, in_process=True), ValueError, "give one", id="both"),
        pytest.param(lambda: any_operation(3), TypeError, "takes a plain function, not 3", id="no function"),
        pytest.param(lambda: any_operation(timeout=1)(3), TypeError, "takes a plain function, not 3", id="nor there"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_is_written(make: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make()
