"""What is typed wrongly, what is missing, and what others add."""

import sys
from pathlib import Path

import pytest

from tests.console.command import in_pipe, process


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nope"], "'nope' does not name a function; write MODULE:FUNCTION"),
        (["nope:f"], "there is no module 'nope'"),
        (["sample:nope"], "module 'sample' has no 'nope'; it has "),
        (["sample:sys"], "sample:sys is not callable but a module"),
        (["sample:greet", "a", "b"], "greet('a', 'b'): too many positional arguments"),
        (["sample:inner"], "inner(): missing a required argument: 'table'"),
        (["--handlers", "sample:inner", "sample:greet"], "--handlers sample:inner: it is called without arguments"),
        (["--handlers", "sample:nope", "sample:greet"], "module 'sample' has no 'nope'"),
        (["strange:f"], "strange:f is a coroutine or generator function"),
        (["failing:f"], "importing 'failing' fails: ZeroDivisionError: division by zero (failing.py:1)"),
        (["needing:f"], "importing 'needing' fails: ModuleNotFoundError: No module named 'not_there'"),
    ],
)
def test_what_cannot_be_run_is_told_in_one_line(folder: Path, words: list[str], message: str) -> None:
    (folder / "strange.py").write_text("async def f(): ...\n", encoding="utf-8")
    (folder / "failing.py").write_text("1 / 0\n", encoding="utf-8")
    (folder / "needing.py").write_text("import not_there\n", encoding="utf-8")
    done = in_pipe(folder, "run", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"actors run: {message}")
    assert done.stderr.count("\n") == 1


def test_a_module_is_found_in_the_current_folder_before_anywhere_else(folder: Path) -> None:
    (folder / "here.py").write_text("def f(): return 'the one here'\n", encoding="utf-8")
    assert in_pipe(folder, "run", "here:f").stdout == "the one here\n"


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_the_extra_the_command_says_what_to_install(folder: Path, missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None\nfrom actors.console.main import main\nmain()"
    done = process(folder, [sys.executable, "-c", code])
    assert done.returncode == 1
    assert "pip install 'greenlet-actors[console]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_other_distributions_add_commands_and_a_broken_one_stands_in_nobodys_way(folder: Path) -> None:
    (folder / "extra.py").write_text(
        "import click\n@click.command(help='Greets.')\ndef hello(): click.echo('hello')\n", encoding="utf-8"
    )
    info = folder / "extra-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: extra\nVersion: 1.0\n", encoding="utf-8")
    entries = "[actors.commands]\nhello = extra:hello\nbroken = gone:command\nrun = extra:hello\n"
    (info / "entry_points.txt").write_text(entries, encoding="utf-8")
    assert in_pipe(folder, "hello").stdout == "hello\n"
    listing = in_pipe(folder, "--help").stdout
    assert "Greets." in listing
    assert "Run a computation" in listing
    broken = in_pipe(folder, "broken")
    assert (broken.returncode, "cannot be loaded: ModuleNotFoundError" in broken.stderr) == (1, True)
