"""The decisions: what becomes of a child that has ended, and who goes down with it. No greenlet runs here."""

from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.exits import KILLED, NORMAL, Crash, ExitReason, Shutdown, is_abnormal
from supervisors import AutoShutdown, Restart, Strategy
from supervisors.plan import DECISIONS, Decision, affected, grouped, is_over

REASONS: list[ExitReason] = [NORMAL, Shutdown("told to"), KILLED, Crash(ValueError())]

# One line a row: when it is restarted, its exit reason, what becomes of it.
TABLE = [
    (Restart.PERMANENT, NORMAL, Decision.RESTART),
    (Restart.PERMANENT, Shutdown("told to"), Decision.RESTART),
    (Restart.PERMANENT, KILLED, Decision.RESTART),
    (Restart.PERMANENT, Crash(ValueError()), Decision.RESTART),
    (Restart.TRANSIENT, NORMAL, Decision.KEEP),
    (Restart.TRANSIENT, Shutdown("told to"), Decision.KEEP),
    (Restart.TRANSIENT, KILLED, Decision.RESTART),
    (Restart.TRANSIENT, Crash(ValueError()), Decision.RESTART),
    (Restart.TEMPORARY, NORMAL, Decision.FORGET),
    (Restart.TEMPORARY, Shutdown("told to"), Decision.FORGET),
    (Restart.TEMPORARY, KILLED, Decision.FORGET),
    (Restart.TEMPORARY, Crash(ValueError()), Decision.FORGET),
]


@pytest.mark.sentence("S3")
@pytest.mark.parametrize(("restart", "reason", "decision"), TABLE)
def test_what_becomes_of_a_child(restart: Restart, reason: ExitReason, decision: Decision) -> None:
    assert DECISIONS[restart][type(reason)] is decision


@pytest.mark.sentence("S3")
def test_the_table_has_each_case_once_and_a_transient_child_is_restarted_after_what_is_abnormal() -> None:
    assert [(restart, type(reason)) for restart, reason, _ in TABLE] == [*product(Restart, map(type, REASONS))]
    for reason in REASONS:
        assert (DECISIONS[Restart.TRANSIENT][type(reason)] is Decision.RESTART) == is_abnormal(reason)


@dataclass(frozen=True)
class Sibling:
    name: str
    restart: Restart = Restart.PERMANENT
    running: bool = True


A, B, C, D = Sibling("a"), Sibling("b", running=False), Sibling("c", Restart.TEMPORARY), Sibling("d", Restart.TRANSIENT)
ALL = [A, B, C, D]


@pytest.mark.sentence("S3")
@pytest.mark.parametrize(
    ("strategy", "failed", "expected"),
    [
        (Strategy.ONE_FOR_ONE, A, [A]),
        (Strategy.ONE_FOR_ONE, D, [D]),
        (Strategy.ONE_FOR_ALL, A, ALL),
        (Strategy.ONE_FOR_ALL, D, ALL),
        (Strategy.REST_FOR_ONE, A, ALL),
        (Strategy.REST_FOR_ONE, B, [B, C, D]),
        (Strategy.REST_FOR_ONE, D, [D]),
    ],
)
def test_who_is_restarted_with_a_child(strategy: Strategy, failed: Sibling, expected: list[Sibling]) -> None:
    assert [*affected(strategy, ALL, failed)] == expected


@pytest.mark.sentence("S3")
def test_a_group_stops_in_reverse_forgets_the_temporary_and_starts_the_stopped_too() -> None:
    assert grouped(ALL) == ([D, C, A], [C], [A, B, D])


siblings = st.lists(st.builds(Sibling, st.uuids().map(str), st.sampled_from(Restart), st.booleans()), min_size=1)


@pytest.mark.sentence("S3")
@given(siblings, st.sampled_from(Strategy), st.data())
def test_a_group_keeps_the_order_and_loses_nobody(known: list[Sibling], strategy: Strategy, data: st.DataObject) -> None:
    failed = data.draw(st.sampled_from(known))
    members = affected(strategy, known, failed)
    stop, forget, start = grouped(members)
    assert failed in members
    assert [*members] == [sibling for sibling in known if sibling in members]
    assert stop[::-1] == [sibling for sibling in members if sibling.running]
    assert sorted([*forget, *start], key=known.index) == [*members]
    assert {sibling.restart for sibling in forget} <= {Restart.TEMPORARY}


@pytest.mark.sentence("S7")
@pytest.mark.parametrize(
    ("auto_shutdown", "others", "over"),
    [
        (AutoShutdown.NEVER, [], False),
        (AutoShutdown.NEVER, [False], False),
        (AutoShutdown.ANY_SIGNIFICANT, [], True),
        (AutoShutdown.ANY_SIGNIFICANT, [True, True], True),
        (AutoShutdown.ALL_SIGNIFICANT, [], True),
        (AutoShutdown.ALL_SIGNIFICANT, [False, False], True),
        (AutoShutdown.ALL_SIGNIFICANT, [False, True], False),
    ],
)
def test_when_a_supervisor_is_over(auto_shutdown: AutoShutdown, others: list[bool], over: bool) -> None:
    assert is_over(auto_shutdown, others) is over
