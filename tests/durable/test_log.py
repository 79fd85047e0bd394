"""The log as a value."""

import pytest

from actors.durable import EffectLog, Entry, Position
from actors.ops import Prompt

FIRST = Entry(Position((), 0), Prompt("a"), "1")
SECOND = Entry(Position((1, 0), 0), Prompt("b"), "2")
THIRD = Entry(Position((1, 1), 0), Prompt("c"), "3")


def test_a_log_is_gone_through_in_the_order_of_arrival() -> None:
    log = EffectLog([FIRST, THIRD, SECOND])
    assert list(log) == [FIRST, THIRD, SECOND]
    assert len(log) == 3


def test_logs_are_equal_when_the_same_entries_are_at_the_same_positions() -> None:
    assert EffectLog([FIRST, SECOND, THIRD]) == EffectLog([FIRST, THIRD, SECOND])
    assert EffectLog([FIRST]) != EffectLog([FIRST, SECOND])
    assert EffectLog([FIRST]) != EffectLog([Entry(FIRST.position, FIRST.op, "other")])
    assert EffectLog() != [FIRST]


def test_an_entry_is_found_by_its_position() -> None:
    log = EffectLog([FIRST, SECOND])
    assert log.at(Position((1, 0), 0)) is SECOND
    assert log.at(Position((1, 1), 0)) is None


def test_two_entries_for_one_position_are_refused_with_both_named() -> None:
    log = EffectLog([FIRST])
    with pytest.raises(ValueError, match=r"already holds .*'1'.*'2'"):
        log.append(Entry(FIRST.position, Prompt("a"), "2"))
    assert list(log) == [FIRST]


def test_a_view_does_not_see_what_is_added_later_and_shares_what_is_there() -> None:
    log = EffectLog([FIRST])
    view = log.view()
    log.append(SECOND)
    assert list(view) == [FIRST]
    assert view[-1] is FIRST
    assert view[:5] == [FIRST]
    with pytest.raises(IndexError):
        view[1]
    assert view.log is log
    assert view == EffectLog([FIRST]).view()
    assert view != log.view()


def test_a_log_made_of_a_view_goes_its_own_way() -> None:
    log = EffectLog([FIRST])
    copy = EffectLog(log.view())
    copy.append(SECOND)
    assert list(log) == [FIRST]


def test_an_empty_log_is_true() -> None:
    assert EffectLog()


def test_a_position_is_shown_as_path_and_number() -> None:
    assert str(Position((), 4)) == "4"
    assert str(Position((2, 0, 1, 3), 4)) == "2.0/1.3/4"


def test_unloading_a_log_that_nobody_uses_does_nothing() -> None:
    log = EffectLog()
    log.unload()
    assert log.running is None
