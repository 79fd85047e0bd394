"""A run as a person sees it in a terminal, and as plain lines where there is none."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar
from rich.text import Text

from actors import clock
from actors.console.faults import behind, place_of, traceback_of
from actors.ops import Progress, label_of, options_of, prompt_of
from actors.outcomes import Cancelled, Completed, FinalOutcome, Suspend, Throw

REDRAW = 0.05  # seconds between two drawings of the bar


class Screen:
    """Shows a run to a person: questions, notices and the result on the standard output, errors on the other."""

    def __init__(self, *, debug: bool = False) -> None:
        """Find out what the output is."""
        self._out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._err = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._debug = debug
        self._echo = sys.stdin is None or not sys.stdin.isatty()  # pyright: ignore[reportUnnecessaryComparison]  None when closed
        self._bar: Meter | None = None
        self._prompt: Text | None = None  # the cursor stands behind it

    def question(self, suspend: Suspend) -> None:
        """Put a question, with why the answer before was refused."""
        self.close()
        if suspend.error is not None:
            self._out.print(Text(suspend.error, style="red"))
        prompt = Text(prompt_of(suspend.value), style="bold")
        options = options_of(suspend.value)
        if options:
            self._out.print(prompt)
            for number, option in enumerate(options, 1):
                self._out.print(Text.assemble((f"{number:3} ", "cyan"), label_of(option)))
            prompt = Text(">", style="bold")
        self._put(prompt)

    def answer(self, text: str | None) -> None:
        """Show an answer that no terminal has shown yet, and leave the line of the question."""
        if text is None or self._echo:
            self._out.print(Text(text or ""))
        self._prompt = None

    def withdrawn(self, suspend: Suspend) -> None:
        """Say that a question waits no more."""
        self.complain(f"this question is withdrawn: {prompt_of(suspend.value)}")

    def notice(self, value: object) -> None:
        """Show a notification: progress as a bar, anything else as a line; an open question is put again below it."""
        prompt = self._prompt
        if prompt is None and isinstance(value, Progress) and self._out.is_terminal:
            self._bar = self._bar or Meter(self._out, value)
            self._bar.show(value)
            return
        if prompt is not None:
            self.close()
        self._out.print(Text(as_line(value) if isinstance(value, Progress) else str(value)))
        if prompt is not None:
            self._put(prompt)

    def final(self, outcome: FinalOutcome) -> None:
        """Show how the run ended."""
        self.close()
        match outcome:
            case Completed(None):
                pass
            case Completed(value):
                self._out.print(Text(str(value)))
            case Throw(error):
                self._fault(error)
            case Cancelled(reason, error, killed):
                self.complain(f"cancelled: {reason}")
                if killed:
                    self.complain("it did not leave in time and was killed; clean-up may be incomplete")
                if error is not None:
                    self.complain("its clean-up failed:")
                    self._fault(error)

    def left(self, outcome: Throw) -> None:
        """Show nothing: whoever catches the error says what it has to say."""

    def complain(self, text: str) -> None:
        """Show what went wrong."""
        self.close()
        self._err.print(Text(text, style="yellow"))

    def close(self) -> None:
        """Leave the bar or the open question where it is; lines follow below."""
        if self._prompt is not None:
            self._prompt = None
            self._out.print()
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _put(self, prompt: Text) -> None:
        self._out.print(prompt, end=" ")
        self._prompt = prompt

    def _fault(self, error: BaseException) -> None:
        if self._debug:
            self._err.print(Text(traceback_of(error).rstrip()))
            return
        self._err.print(Text.assemble((f"{type(error).__name__}: ", "bold red"), str(error)))
        for note in getattr(error, "__notes__", ()):
            self._err.print(Text(f"  {note}"))
        if place := place_of(error):
            self._err.print(Text(f"  at {place}", style="dim"))
        if chain := behind(error):
            for line in chain:
                self._err.print(Text(f"  {line}"))
            self._err.print(Text("  --debug shows the traceback", style="dim"))


class Meter:
    """A progress bar in a terminal, drawn by whoever moves it: no thread of its own."""

    def __init__(self, console: Console, first: Progress) -> None:
        """Start drawing."""
        text = TextColumn("{task.description}", markup=False)
        self._bar = Bar(text, BarColumn(), TaskProgressColumn(), console=console, auto_refresh=False)
        self._task: TaskID = self._bar.add_task(first.text, total=first.total, completed=int(first.done))
        self._next = float("-inf")
        self._bar.start()

    def show(self, progress: Progress) -> None:
        """Move to where the progress is; drawn at most every `REDRAW` seconds, except for the last step."""
        self._bar.update(self._task, completed=progress.done, description=progress.text)
        if progress.total is not None:
            self._bar.update(self._task, total=progress.total)
        now = clock.monotonic()
        if now >= self._next or progress.done == progress.total:
            self._next = now + REDRAW
            self._bar.refresh()

    def close(self) -> None:
        """Draw where it is, and stop."""
        self._bar.stop()


def as_line(progress: Progress) -> str:
    """Return progress as a line of text."""
    total = "" if progress.total is None else f"/{progress.total:g}"
    return f"{progress.done:g}{total} {progress.text}".rstrip()
