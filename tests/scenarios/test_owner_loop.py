"""An owner actor that drives a hundred wizards at the same time, by messages alone."""

from dataclasses import dataclass, field
from typing import assert_never

from actors import (
    AsyncComputation,
    Cancelled,
    Completed,
    ComputationEvent,
    Notify,
    Prompt,
    Suspend,
    Throw,
    ask,
    notify,
    receive,
    spawn,
)
from actors.outcomes import Notice, Outcome, Restarted
from actors.testing import settle

WIZARDS = 100


def wizard(number: int) -> str:
    name = ask(Prompt("name"))
    notify(f"hello {name}")
    if number % 10 == 3:
        raise ValueError(f"{number} is unlucky")
    return f"{name}, {ask(Prompt('age'))}"


@dataclass
class Seen:
    asked: list[tuple[object, str]] = field(default_factory=list[tuple[object, str]])
    notices: list[object] = field(default_factory=list[object])
    completed: dict[object, object] = field(default_factory=dict[object, object])
    thrown: dict[object, str] = field(default_factory=dict[object, str])
    cancelled: dict[object, object] = field(default_factory=dict[object, object])


def answer_to(question: object, number: object) -> str | None:
    """What the user of this wizard types; every tenth walks away at the second question."""
    if question == Prompt("name"):
        return f"user {number}"
    return None if isinstance(number, int) and number % 10 == 7 else str(number)


def took(seen: Seen, number: object, outcome: Outcome | Notice, runner: AsyncComputation[str]) -> bool:
    """Act on one event; tell whether it was the wizard's last."""
    match outcome:
        case Suspend(question):
            seen.asked.append((number, question.name))
            answer = answer_to(question, number)
            if answer is None:
                runner.cancel("walked away")
            else:
                outcome.resume(answer)
            return False
        case Notify(value):
            seen.notices.append(value)
            return False
        case Restarted():
            return False
        case Completed(value):
            seen.completed[number] = value
        case Throw(error):
            seen.thrown[number] = str(error)
        case Cancelled(reason):
            seen.cancelled[number] = reason
        case _:
            assert_never(outcome)
    return True


def owner(seen: Seen) -> None:
    for number in range(WIZARDS):
        AsyncComputation.start(wizard, number, tag=number)
    open_wizards = WIZARDS
    while open_wizards:
        match receive():
            case ComputationEvent(tag, outcome, runner):
                open_wizards -= took(seen, tag, outcome, runner)
            case message:
                raise TypeError(message)


def test_an_owner_drives_a_hundred_wizards_by_messages() -> None:
    seen = Seen()
    actor = spawn(owner, seen, link=False)
    settle()
    assert not actor.alive
    unlucky = set(range(3, WIZARDS, 10))
    gone = set(range(7, WIZARDS, 10))
    assert seen.completed == {n: f"user {n}, {n}" for n in range(WIZARDS) if n not in unlucky | gone}
    assert seen.thrown == {n: f"{n} is unlucky" for n in unlucky}
    assert seen.cancelled == dict.fromkeys(gone, "walked away")
    assert sorted(map(str, seen.notices)) == sorted(f"hello user {n}" for n in range(WIZARDS))
    assert len(seen.asked) == 2 * WIZARDS - len(unlucky)


def test_the_wizards_are_open_at_the_same_time() -> None:
    seen = Seen()
    spawn(owner, seen, link=False)
    settle()
    first_hundred = seen.asked[:WIZARDS]
    assert {name for _, name in first_hundred} == {"name"}
    assert len({number for number, _ in first_hundred}) == WIZARDS
