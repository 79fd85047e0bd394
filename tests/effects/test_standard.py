"""The standard effects: production and test handlers, and names."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from actors.effects import NoHandlerError, clock, events, fresh, randomness, reader, state, writer
from actors.testing import ManualClock


def plus_three(value: int) -> int:
    return value + 3


def divided(value: int) -> int:
    return value // 0


def times_itself(value: int) -> int:
    return value * int(state.get())


pytestmark = pytest.mark.sentence("C10")


class Tenant:
    def __init__(self, key: str) -> None:
        self.key = key


def test_state_is_read_replaced_and_changed_and_the_cell_keeps_it_after_the_block() -> None:
    with state.holding(1) as cell:
        assert state.get() == 1
        state.put(2)
        assert state.modify(plus_three) == 5
        assert cell.value == 5
    assert cell.value == 5


def test_states_of_several_names_exist_side_by_side_and_the_inner_of_one_name_hides_the_outer() -> None:
    with state.holding(1), state.holding("a", name="x"), state.holding(Tenant("t"), name=Tenant), state.holding(2):
        state.put(3)
        state.put("b", name="x")
        assert (state.get(), state.get("x"), state.get(Tenant).key) == (3, "b", "t")


def test_a_change_of_state_that_raises_changes_nothing() -> None:
    with state.holding(1) as cell:
        with pytest.raises(ZeroDivisionError):
            state.modify(divided)
        assert cell.value == 1


def test_a_change_of_state_may_itself_use_the_state() -> None:
    with state.holding(2):
        assert state.modify(times_itself) == 4


def test_a_reader_gives_the_value_and_local_changes_it_within_a_block() -> None:
    with reader.reading({"mode": "test"}) as given, reader.reading(1, name="depth"):
        assert reader.get() is given
        with reader.local(lambda depth: depth + 1, name="depth"):
            assert reader.get("depth") == 2
        assert reader.get("depth") == 1


def test_a_reader_named_by_a_class_gives_an_answer_of_that_class() -> None:
    with reader.reading(Tenant("t1"), name=Tenant):
        assert reader.get(Tenant).key == "t1"


def test_local_without_a_value_to_change_has_no_handler() -> None:
    with pytest.raises(NoHandlerError):
        reader.local(str)


def test_a_writer_collects_what_is_told_or_hands_it_on() -> None:
    heard: list[object] = []
    with writer.collected() as told, writer.telling(heard.append, name="live"):
        writer.tell("a")
        writer.tell("b", name="live")
        writer.tell("c")
    assert (told, heard) == (["a", "c"], ["b"])


def test_events_are_collected_in_order_or_published_at_once() -> None:
    published: list[object] = []
    with events.collected() as emitted, events.publishing(published.append, name="bus"):
        events.emit("created")
        events.emit("sent", name="bus")
        events.emit("closed")
    assert (emitted, published) == (["created", "closed"], ["sent"])


def test_a_publisher_may_perform_operations_of_the_scopes_outside_it() -> None:
    with events.collected() as emitted, events.publishing(lambda event: events.emit(f"<{event}>")):
        events.emit("x")
    assert emitted == ["<x>"]


def test_fresh_identifiers_are_random_or_ordered_in_production_and_numbered_in_tests() -> None:
    assert fresh.uuid4().version == 4
    assert fresh.uuid4() != fresh.uuid4()
    with fresh.numbered():
        assert (fresh.uuid4(), fresh.uuid7()) == (UUID(int=1), UUID(int=2))
        with fresh.random():
            assert fresh.uuid4().version == 4


def test_identifiers_of_version_7_sort_by_the_time_they_were_made() -> None:
    with ManualClock(start=1_700_000_000) as time:
        first = fresh.uuid7()
        time.advance(0.002)
        second = fresh.uuid7()
    assert first < second
    assert first.version == 7
    assert first.int >> 80 == 1_700_000_000_000


def test_numbered_identifiers_of_several_names_do_not_share_their_numbers() -> None:
    with fresh.numbered(), fresh.numbered(name="order"):
        assert (fresh.uuid4(), fresh.uuid4(name="order"), fresh.uuid4()) == (UUID(int=1), UUID(int=1), UUID(int=2))


def drawn() -> tuple[float, int, str, list[int]]:
    return randomness.number(), randomness.integer(1, 6), randomness.element("abc"), randomness.shuffle(range(9))


def test_the_same_seed_draws_the_same_and_another_one_does_not() -> None:
    with randomness.seeded(42):
        first = drawn()
    with randomness.seeded(42):
        assert drawn() == first
    with randomness.seeded(43):
        assert drawn() != first


def test_production_draws_stay_within_their_bounds() -> None:
    number, integer, element, shuffled = drawn()
    assert 0 <= number < 1
    assert 1 <= integer <= 6
    assert element in "abc"
    assert sorted(shuffled) == list(range(9))


def test_draws_of_a_name_come_from_the_generator_of_that_name() -> None:
    with randomness.seeded(1), randomness.seeded(2, name="dice"):
        named = [randomness.number(name="dice") for _ in range(3)]
    with randomness.seeded(2):
        assert [randomness.number() for _ in range(3)] == named


def test_impossible_draws_are_refused() -> None:
    with pytest.raises(ValueError, match=r"integer\(2, 1\)"):
        randomness.integer(2, 1)
    with pytest.raises(ValueError, match="nothing to choose from"):
        randomness.element(())


def test_the_clock_of_a_test_moves_when_told_or_slept_on() -> None:
    with clock.manual(start=100) as time:
        clock.sleep(5)
        time.advance(2)
        assert clock.now() == 107
        assert clock.utcnow() == datetime.fromtimestamp(107, UTC)
    assert time.slept == [5]


def test_the_clock_of_production_is_that_of_the_process() -> None:
    with ManualClock(start=50) as time:
        time.advance(1)
        assert clock.now() == 51


def test_clocks_of_several_names_go_on_their_own() -> None:
    with clock.manual(), clock.manual(start=10, name="market"):
        clock.sleep(1, name="market")
        assert (clock.now(), clock.now(name="market")) == (0, 11)


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_a_sleep_that_is_no_duration_is_refused(seconds: float) -> None:
    with clock.manual() as time, pytest.raises(ValueError, match="is not a duration"):
        clock.sleep(seconds)
    assert time.slept == []


def test_a_name_that_nobody_installed_has_no_handler_whatever_else_is_there() -> None:
    with state.holding(1), pytest.raises(NoHandlerError):
        state.get("other")
    with pytest.raises(NoHandlerError):
        fresh.uuid4(name="other")
