"""What every store does and refuses; each test runs with each of them."""

from collections.abc import Callable
from typing import Any

import pytest

from actors.durable import EntryRow, Store
from actors.errors import (
    FencedError,
    MessageTakenError,
    NoSuchRunError,
    OutOfSequenceError,
    RunExistsError,
    StoreClosedError,
)
from actors.testing import ManualClock
from tests.durable.store.stores import FENCE, entries, entry, holding, run_row

FULL = run_row(
    "full",
    status="sleeping",
    owner="me",
    question=b"q",
    wake_at=9.75,
    tag=b"",
    result=b"\x00\xff",
    reason="why – é",
    attempts=2**40,
    next_seq=2,
)


def test_what_was_created_comes_back_as_it_was(store: Store) -> None:
    store.create(FULL, entries(0, 2, "full"))
    loaded = store.load("full")
    assert loaded is not None
    assert (store.get("full"), store.log("full")) == (FULL, entries(0, 2, "full"))
    assert (loaded.run, loaded.entries, loaded.inbox) == (FULL, entries(0, 2, "full"), [])


def test_a_run_may_begin_with_any_number(store: Store) -> None:
    store.create(run_row(next_seq=10), entries(8, 2))
    store.append("a", entries(10, 1), fence=FENCE).wait()
    assert store.log("a") == entries(8, 3)


def test_what_is_not_there_is_not_found(store: Store) -> None:
    assert (store.get("a"), store.load("a"), store.log("a"), store.inbox("a")) == (None, None, [], [])
    assert (store.list(), store.pending(), store.due(1e9), store.next_wake()) == ([], [], [], None)


def test_an_id_that_exists_is_refused_and_the_run_stays_as_it_was(store: Store) -> None:
    store.create(run_row(next_seq=1), entries(0, 1))
    with pytest.raises(RunExistsError, match="'a'"):
        store.create(run_row(name="other", next_seq=3), entries(0, 3))
    assert (store.get("a"), store.log("a")) == (run_row(next_seq=1), entries(0, 1))


Use = Callable[[Store], object]

NONSENSE: dict[str, Use] = {
    "entries that do not lead to next_seq": lambda store: store.create(run_row(next_seq=2), entries(0, 1)),
    "a negative next_seq": lambda store: store.create(run_row(next_seq=-1)),
    "entries of another run, created": lambda store: store.create(run_row(next_seq=1), entries(0, 1, "b")),
    "a gap, created": lambda store: store.create(run_row(next_seq=3), [entry(0), entry(2)]),
    "an unknown status, created": lambda store: store.create(run_row(status="dozing")),
    "an unknown status, listed": lambda store: store.list("dozing"),
    "an unknown status, changed": lambda store: store.append("a", changes={"status": "dozing"}, fence=FENCE),
    "entries of another run": lambda store: store.append("a", entries(0, 1, "b"), fence=FENCE),
    "a gap": lambda store: store.append("a", [entry(0), entry(2)], fence=FENCE),
    "a negative number": lambda store: store.append("a", [entry(-1)], fence=FENCE),
    "a kind that is too great": lambda store: store.append("a", [entry(0, kind=2**63)], fence=FENCE),
    "a column that is not to be changed": lambda store: store.append("a", changes={"next_seq": 3}, fence=FENCE),
    "a column that is none": lambda store: store.append("a", changes={"crc": 3}, fence=FENCE),
}


@pytest.mark.parametrize("use", NONSENSE.values(), ids=NONSENSE)
def test_what_makes_no_sense_is_refused_where_it_is_said(store: Store, use: Use) -> None:
    with pytest.raises(ValueError, match=r"give|is none|none that|follow"):
        use(store)
    assert store.list() == []


TEXT: Any = "text"
MISTYPED: dict[str, Use] = {
    "text for bytes, created": lambda store: store.create(run_row(args=TEXT)),
    "an id that is no text": lambda store: store.create(run_row(id=3)),
    "a number that is too great": lambda store: store.create(run_row(attempts=2**63)),
    "text for bytes": lambda store: store.append("a", [entry(0, TEXT)], fence=FENCE),
    "text for a number": lambda store: store.append("a", changes={"wake_at": "soon"}, fence=FENCE),
    "what can be changed, for bytes": lambda store: store.append("a", changes={"question": bytearray()}, fence=FENCE),
}


@pytest.mark.parametrize("use", MISTYPED.values(), ids=MISTYPED)
def test_so_is_a_value_of_another_type(store: Store, use: Use) -> None:
    with pytest.raises(TypeError, match=r"give|fit|is no entry"):
        use(store)
    assert store.list() == []


def test_entries_columns_and_messages_are_written_together(store: Store) -> None:
    store.create(run_row())
    store.post("a", "m", b"answer")
    store.append(
        "a", entries(0, 2), {"status": "suspended", "question": b"?", "since": 2.0}, fence=FENCE, taken=["m"]
    ).wait()
    expected = run_row(status="suspended", question=b"?", since=2.0, next_seq=2)
    assert (store.get("a"), store.log("a"), store.inbox("a")) == (expected, entries(0, 2), [])


def test_appends_of_one_run_need_not_be_waited_for_one_by_one(store: Store) -> None:
    store.create(run_row())
    tickets = [store.append("a", entries(number, 1), {"attempts": number}, fence=FENCE) for number in range(20)]
    tickets[-1].wait()
    assert all(ticket.done for ticket in tickets)
    assert (store.log("a"), store.get("a")) == (entries(0, 20), run_row(next_seq=20, attempts=19))


def test_an_append_may_hold_no_entries_or_nothing_at_all(store: Store) -> None:
    holding(store, "a")
    store.append("a", changes={"reason": "why"}, fence=FENCE).wait()
    store.append("a", fence=FENCE).wait()
    assert store.get("a") == run_row(reason="why")


def test_every_column_that_can_be_changed_is(store: Store) -> None:
    holding(store, "full")
    kept = {"id", "next_seq", "created"}
    store.append(
        "full", changes={name: value for name, value in FULL._asdict().items() if name not in kept}, fence=FENCE
    ).wait()
    assert store.get("full") == FULL._replace(next_seq=0)


@pytest.mark.sentence("D11")
def test_another_fence_is_refused_and_nothing_written(store: Store) -> None:
    holding(store, "a")
    store.post("a", "m", b"answer")
    ticket = store.append("a", entries(0, 1), {"reason": "x"}, fence=FENCE - 1, taken=["m"])
    with pytest.raises(FencedError) as caught:
        ticket.wait()
    assert (caught.value.run, caught.value.fence, caught.value.held) == ("a", FENCE - 1, FENCE)
    assert (store.get("a"), store.log("a"), len(store.inbox("a"))) == (run_row(), [], 1)


@pytest.mark.sentence("D11")
def test_who_claims_a_run_shuts_the_holder_before_out(store: Store) -> None:
    holding(store, "a")
    store.append("a", changes={"owner": "other", "fence": FENCE + 1}, fence=FENCE).wait()
    late = store.append("a", entries(0, 1), fence=FENCE)
    store.append("a", entries(0, 1), fence=FENCE + 1).wait()
    with pytest.raises(FencedError):
        late.wait()


@pytest.mark.parametrize("first", [0, 1, 3])
def test_entries_that_do_not_follow_the_last_one_are_refused(store: Store, first: int) -> None:
    store.create(run_row(next_seq=2), entries(0, 2))
    with pytest.raises(OutOfSequenceError) as caught:
        store.append("a", entries(first, 3), {"reason": "x"}, fence=FENCE).wait()
    assert (caught.value.run, caught.value.seq, caught.value.next_seq) == ("a", first, 2)
    assert (store.log("a"), store.get("a")) == (entries(0, 2), run_row(next_seq=2))


@pytest.mark.sentence("D9")
def test_of_two_appends_with_the_same_number_the_first_wins(store: Store) -> None:
    holding(store, "a")
    answer, timer = (store.append("a", [entry(0, payload)], fence=FENCE) for payload in (b"answer", b"timer"))
    answer.wait()
    with pytest.raises(OutOfSequenceError):
        timer.wait()
    assert store.log("a") == [entry(0, b"answer")]


def test_an_append_to_a_run_that_is_not_there_is_refused(store: Store) -> None:
    with pytest.raises(NoSuchRunError, match="'a'"):
        store.append("a", entries(0, 1), fence=FENCE).wait()


def test_one_that_is_refused_takes_no_other_with_it(store: Store) -> None:
    holding(store, "a", "b", "c")
    tickets = [
        store.append("a", entries(0, 1), fence=FENCE),
        store.append("b", entries(0, 1, "b"), fence=FENCE + 1),
        store.append("nobody", entries(0, 1, "nobody"), fence=FENCE),
        store.append("c", entries(5, 1, "c"), fence=FENCE),
        store.append("c", entries(0, 1, "c"), fence=FENCE, taken=["m"]),
        store.append("b", entries(0, 1, "b"), fence=FENCE),
    ]
    outcomes: list[object] = []
    for ticket in tickets:
        try:
            outcomes.append(ticket.wait())
        except (LookupError, RuntimeError) as error:
            outcomes.append(type(error))
    assert outcomes == [None, FencedError, NoSuchRunError, OutOfSequenceError, MessageTakenError, None]
    assert [len(store.log(run)) for run in "abc"] == [1, 1, 0]


def test_what_went_wrong_is_raised_at_every_wait(store: Store) -> None:
    ticket = store.append("a", entries(0, 1), fence=FENCE)
    for _ in range(2):
        with pytest.raises(NoSuchRunError):
            ticket.wait()


@pytest.mark.sentence("D8")
def test_a_log_that_is_cut_begins_with_what_cut_it_and_goes_on_counting(store: Store) -> None:
    store.create(run_row(next_seq=5), entries(0, 5))
    store.append("a", entries(5, 2), {"args": b"new"}, fence=FENCE, cut=True).wait()
    store.append("a", entries(7, 1), fence=FENCE).wait()
    assert (store.log("a"), store.get("a")) == (entries(5, 3), run_row(next_seq=8, args=b"new"))
    store.append("a", fence=FENCE, cut=True).wait()
    assert store.log("a") == []
    store.append("a", entries(8, 1), fence=FENCE).wait()
    assert store.log("a") == entries(8, 1)


def test_a_cut_that_is_refused_leaves_the_log(store: Store) -> None:
    store.create(run_row(next_seq=2), entries(0, 2))
    with pytest.raises(OutOfSequenceError):
        store.append("a", entries(3, 1), fence=FENCE, cut=True).wait()
    assert store.log("a") == entries(0, 2)


def test_entries_may_be_large_or_empty(store: Store) -> None:
    rows = [entry(0, b""), entry(1, bytes(range(256)) * 40_000), entry(2, b"\x00", kind=-(2**63) + 1)]
    store.create(run_row(next_seq=3), rows)
    assert store.log("a") == rows
    assert all(type(row) is EntryRow for row in store.log("a"))


# -- the inbox


@pytest.mark.sentence("D15")
def test_messages_are_found_in_the_order_they_were_posted(store: Store) -> None:
    holding(store, "a", "b")
    with ManualClock() as time:
        assert store.post("a", "m2", b"2")
        time.advance(1.0)
        assert store.post("a", "m1", b"1")
        assert store.post("b", "m1", b"b")
        start = time.now() - 1.0
    assert [tuple(row) for row in store.inbox("a")] == [("a", "m2", b"2", start), ("a", "m1", b"1", start + 1.0)]
    assert sorted(store.pending()) == ["a", "b"]
    assert len(store.pending(limit=1)) == 1


def test_a_message_counts_once_also_after_it_was_taken(store: Store) -> None:
    holding(store, "a")
    assert store.post("a", "m", b"first")
    assert not store.post("a", "m", b"again")
    store.append("a", entries(0, 1), fence=FENCE, taken=["m"]).wait()
    assert not store.post("a", "m", b"late")
    assert (store.inbox("a"), store.pending()) == ([], [])


def test_a_message_is_taken_once(store: Store) -> None:
    holding(store, "a")
    store.post("a", "m", b"answer")
    store.append("a", entries(0, 1), fence=FENCE, taken=["m"]).wait()
    for taken in (["m"], ["never posted"], ["n", "n"]):
        store.post("a", "n", b"other")
        with pytest.raises(MessageTakenError):
            store.append("a", entries(1, 1), fence=FENCE, taken=taken).wait()
    assert [row.message for row in store.inbox("a")] == ["n"]


def test_a_message_for_a_run_that_is_not_there_is_refused(store: Store) -> None:
    with pytest.raises(NoSuchRunError):
        store.post("a", "m", b"answer")


# -- lists and times


def ids(rows: list[Any]) -> list[str]:
    return [row.id for row in rows]


@pytest.mark.sentence("D15")
def test_lists_go_by_creation_and_are_cut_into_pages(store: Store) -> None:
    holding(store, *"fbdca")
    assert ids(store.list()) == [*"fbdca"]
    assert ids(store.list(limit=2)) == ["f", "b"]
    assert ids(store.list(limit=2, after="b")) == ["d", "c"]
    assert ids(store.list(after="a")) == []
    with pytest.raises(NoSuchRunError):
        store.list(after="nobody")


@pytest.mark.sentence("D15")
def test_lists_hold_what_was_asked_for(store: Store) -> None:
    for number, (status, name) in enumerate([("running", "x"), ("parked", "x"), ("parked", "y"), ("running", "y")]):
        store.create(run_row(str(number), status=status, name=name))
    assert ids(store.list("parked")) == ["1", "2"]
    assert ids(store.list(name="y")) == ["2", "3"]
    assert ids(store.list("parked", "x")) == ["1"]
    assert ids(store.list("parked", after="1")) == ["2"]
    assert ids(store.list("parked", after="0", limit=1)) == ["1"]
    store.append("1", changes={"status": "running"}, fence=FENCE).wait()
    assert ids(store.list("parked")) == ["2"]


@pytest.mark.sentence("D9")
def test_what_is_due_comes_earliest_first(store: Store) -> None:
    for run, wake_at in [("a", 3.0), ("b", 1.0), ("c", None), ("d", 2.0)]:
        store.create(run_row(run, wake_at=wake_at))
    assert (store.due(2.0), store.due(0.5), store.due(9.0, limit=2)) == (["b", "d"], [], ["b", "d"])
    assert store.next_wake() == 1.0
    store.append("b", changes={"wake_at": None}, fence=FENCE).wait()
    store.append("d", changes={"wake_at": 8.0}, fence=FENCE).wait()
    assert (store.due(3.0), store.next_wake()) == (["a"], 3.0)


# -- the end of runs


def test_a_run_that_was_forgotten_has_never_been(store: Store) -> None:
    store.create(run_row(next_seq=1, wake_at=1.0), entries(0, 1))
    holding(store, "b")
    store.post("a", "m", b"answer")
    assert store.forget("a")
    assert not store.forget("a")
    assert (store.get("a"), store.log("a"), store.inbox("a"), store.due(9.0)) == (None, [], [], [])
    assert (ids(store.list()), store.pending()) == (["b"], [])
    holding(store, "a")
    assert (store.get("a"), store.log("a"), store.post("a", "m", b"")) == (run_row(), [], True)


def test_appends_after_a_run_was_forgotten_are_refused(store: Store) -> None:
    holding(store, "a")
    store.append("a", entries(0, 1), fence=FENCE).wait()
    store.forget("a")
    with pytest.raises(NoSuchRunError):
        store.append("a", entries(1, 1), fence=FENCE).wait()


@pytest.mark.sentence("D15")
def test_only_finished_runs_that_are_old_enough_are_forgotten(store: Store) -> None:
    for run, status, since in [
        ("a", "finished", 1.0),
        ("b", "finished", 2.0),
        ("c", "running", 0.0),
        ("d", "finished", 0.5),
    ]:
        store.create(run_row(run, status=status, since=since, next_seq=1), entries(0, 1, run))
    assert store.retain(2.0) == 2
    assert (ids(store.list()), store.log("a"), len(store.log("b"))) == (["b", "c"], [], 1)
    assert store.retain(2.0) == 0


# -- the end of the store


def test_a_store_that_was_closed_refuses_everything(store: Store) -> None:
    holding(store, "a")
    store.close()
    store.close()
    uses: list[Callable[[], object]] = [
        lambda: store.create(run_row("b")),
        lambda: store.append("a", entries(0, 1), fence=FENCE).wait(),
        lambda: store.post("a", "m", b""),
        lambda: store.inbox("a"),
        store.pending,
        lambda: store.get("a"),
        lambda: store.load("a"),
        lambda: store.log("a"),
        store.list,
        lambda: store.due(0.0),
        store.next_wake,
        lambda: store.forget("a"),
        lambda: store.retain(0.0),
    ]
    for use in uses:
        with pytest.raises(StoreClosedError, match="closed"):
            use()
