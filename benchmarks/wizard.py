"""The wizard: `start_sync` and three `resume_sync`, with three questions made in place as a user writes them.

The baseline asks with bare strings, as the frozen figures do: it is spared the cost of making a question.
"""

from actors import AsyncComputation, Completed, Prompt, ask
from benchmarks import baseline
from benchmarks.inside import in_actor
from benchmarks.subject import Ratio, Subject, clock

ANSWERS = ("Ada", "ada@example.org", "pro")


def wizard() -> tuple[str, str, str]:
    """Ask three questions and return the answers."""
    name = ask(Prompt("name", "What is your name?"))
    email = ask(Prompt("email", "What is your email?"))
    plan = ask(Prompt("plan", "Which plan do you want?"))
    return name, email, plan


def baseline_wizard() -> tuple[str, str, str]:
    """Ask three questions and return the answers."""
    name = baseline.ask("name")
    email = baseline.ask("email")
    plan = baseline.ask("plan")
    return name, email, plan


def ours(n: int) -> float:
    """Drive wizards by sync calls."""
    name, email, plan = ANSWERS

    def owner() -> float:
        start = clock()
        for _ in range(n):
            runner, _ = AsyncComputation.start_sync(wizard)
            runner.resume_sync(name)
            runner.resume_sync(email)
            outcome = runner.resume_sync(plan)
            assert isinstance(outcome, Completed)
            assert outcome.value == ANSWERS
        return (clock() - start) / n

    return in_actor(owner)


def theirs(n: int) -> float:
    """Do the same."""
    name, email, plan = ANSWERS

    def owner() -> float:
        start = clock()
        for _ in range(n):
            runner, _ = baseline.start_sync(baseline_wizard)
            baseline.resume_sync(runner, name)
            baseline.resume_sync(runner, email)
            result = baseline.resume_sync(runner, plan)
            assert result == ANSWERS
        return (clock() - start) / n

    return float(baseline.run(owner))


SUBJECT = Subject(name="wizard", works={"ours": ours, "baseline": theirs}, target=Ratio(5.5, 7.5), count=4_000, quick=200)
