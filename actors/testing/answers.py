"""`answering`: answers questions where they are asked, without an owner; pure."""

from __future__ import annotations

from collections import deque
from typing import Any

from actors.effects.asking import Notification
from actors.effects.scope import Handlers, Installed
from actors.exits import ActorsError
from actors.ops import Question


class Asked(list[Question[Any]]):
    """The questions that were asked, in order; `notified` is what was given to `notify`."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.notified: list[Any] = []


class OutOfAnswersError(ActorsError, AssertionError):
    """A question was asked and no answer was left; `question` is the question."""

    def __init__(self, asked: Asked, refusal: ValueError | None) -> None:
        """Take all questions, the unanswered one last, and why its previous answer was refused, if it was."""
        self.question: Question[Any] = asked[-1]
        again = f" (asked again, since the answer before was refused: {refusal})" if refusal else ""
        earlier = ", ".join(map(repr, asked[:-1])) or "nothing"
        super().__init__(
            f"answering(): no answer is left for {self.question!r}{again}. Answered before: {earlier}. "
            "Give one more answer."
        )
        self.__cause__ = refusal


class UnusedAnswersError(ActorsError, AssertionError):
    """The block ended and answers were left; `unused` are the answers."""

    def __init__(self, unused: list[Any], asked: Asked) -> None:
        """Take what was left and what was asked."""
        self.unused = unused
        super().__init__(
            f"answering(): {len(unused)} of {len(unused) + len(asked)} answers were not asked for: "
            f"{', '.join(map(repr, unused))}. Asked: {', '.join(map(repr, asked)) or 'nothing'}. Leave them out."
        )


class Answering:
    """A context manager that answers the questions of its block; made by `answering`."""

    def __init__(self, answers: tuple[Any, ...]) -> None:
        """Take the answers in order."""
        self._left = deque(answers)
        self._asked = Asked()
        self._missed: OutOfAnswersError | None = None
        handlers: Handlers = {Question: self._answer, Notification: self._hear}
        self._scope = Installed(handlers, self._asked, leaf=False)  # `parse` may perform operations

    def __enter__(self) -> Asked:
        """Answer from here on.

        Raises:
            RuntimeError: this very object is already entered.
        """
        return self._scope.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Leave, and check that questions and answers came out even.

        Raises:
            UnusedAnswersError: the block ended normally and answers are left.
            OutOfAnswersError: the block ended normally, having swallowed this error.
        """
        self._scope.__exit__(kind, error, trace)
        if error is not None:
            return
        if self._missed is not None:
            raise self._missed
        if self._left:
            raise UnusedAnswersError(list(self._left), self._asked)

    def _answer(self, question: Question[Any]) -> Any:
        refusal: ValueError | None = None
        while True:
            self._asked.append(question)
            if not self._left:
                self._missed = OutOfAnswersError(self._asked, refusal)
                raise self._missed
            answer = self._left.popleft()
            if isinstance(answer, BaseException):
                raise answer
            if not question.has_parse:
                return answer
            try:
                return question.parse(answer)
            except ValueError as error:
                refusal = error

    def _hear(self, notification: Notification) -> None:
        self._asked.notified.append(notification.value)


def answering(*answers: Any) -> Answering:
    """Answer the questions of a `with` block on the spot, in order; the block gets the list of questions asked.

    Works where no computation runs, and inside one, where it answers without suspending. What the block gives to
    `notify` is collected in the list's `notified`.

    Args:
        answers: one for each question. It goes through the question's `parse`; when that refuses it, the question is
            asked again with the next answer, and stands in the list twice. An exception is raised by the `ask`.

    Raises:
        OutOfAnswersError: in the block, for a question without an answer.
        UnusedAnswersError: on leaving the block normally, for answers without a question.
    """
    return Answering(answers)
