"""What is typed wrongly, what is missing, and what others add."""

import sys
from pathlib import Path

import pytest

from tests.console.command import in_pipe, process

STRANGE = """
async def f(): ...
def keyed(*, key): ...

def with_a_box(function):
    @functools.wraps(function)
    def wrapper(word): return function(box, word)
    return wrapper

class Box:
    def __init__(self, size, colour="red"): ...
    def open(self, key): ...
    def __call__(self, how): ...
    @classmethod
    def made(cls, size): ...
    @staticmethod
    def shut(first, *others): return f"shut {first} {others}"

import functools
box = Box(1)

@with_a_box
def decorated(box, word): return f"{type(box).__name__} {word}"
"""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nope"], "'nope' does not name a function; write MODULE:FUNCTION"),
        (["nope:f"], "there is no module 'nope'"),
        (["sample:nope"], "module 'sample' has no 'nope'; it has "),
        (["sample:sys"], "sample:sys is not callable; it is of type module"),
        (
            ["sample:greet", "a", "b"],
            "sample:greet takes no more than 1 of these 2 arguments; write: actors run ",
        ),
        (["sample:inner"], "sample:inner needs TABLE; write: actors run sample:inner TABLE"),
        (["json:dumps"], "json:dumps needs OBJ; write: actors run json:dumps OBJ"),
        (["builtins:str.upper"], "builtins:str.upper needs SELF; write: actors run builtins:str.upper SELF"),
        (["strange:Box"], "strange:Box needs SIZE; write: actors run strange:Box SIZE [COLOUR]"),
        (["strange:Box.open", "x"], "strange:Box.open is a method, and there is no Box to call it on"),
        (["strange:Box.made"], "strange:Box.made needs SIZE; write: actors run strange:Box.made SIZE"),
        (["strange:Box.shut"], "strange:Box.shut needs FIRST; write: actors run strange:Box.shut FIRST [OTHERS]..."),
        (["strange:box.open"], "strange:box.open needs KEY; write: actors run strange:box.open KEY"),
        (["strange:box"], "strange:box needs HOW; write: actors run strange:box HOW"),
        (["strange:keyed", "x"], "strange:keyed needs key by keyword, and gets arguments by position"),
        (["--handlers", "sample:inner", "sample:greet"], "--handlers sample:inner: it is called without arguments"),
        (["--handlers", "sample:nope", "sample:greet"], "module 'sample' has no 'nope'"),
        (["strange:f"], "strange:f is a coroutine or generator function"),
        (
            ["builtins:max"],
            "builtins:max does not say what it takes; given () it raised TypeError: max expected at least 1 argument",
        ),
        (
            ["builtins:vars", "3"],
            "builtins:vars does not say what it takes; given ('3',) it raised TypeError: vars() argument must have",
        ),
        (
            ["--handlers", "contextlib:nullcontext", "builtins:int", "1", "2", "3"],
            "builtins:int does not say what it takes",
        ),
        (["failing:f"], "importing 'failing' fails: ZeroDivisionError: division by zero (failing.py:1)"),
        (["needing:f"], "importing 'needing' fails: ModuleNotFoundError: No module named 'not_there'"),
    ],
)
def test_what_cannot_be_run_is_told_in_one_line(folder: Path, words: list[str], message: str) -> None:
    (folder / "strange.py").write_text(STRANGE, encoding="utf-8")
    (folder / "failing.py").write_text("1 / 0\n", encoding="utf-8")
    (folder / "needing.py").write_text("import not_there\n", encoding="utf-8")
    done = in_pipe(folder, "run", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"actors run: {message}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "result"),
    [
        (["strange:decorated", "x"], "Box x"),
        (["strange:Box.shut", "a", "b"], "shut a ('b',)"),
        (["builtins:str.upper", "x"], "X"),
        (["json:dumps", "x"], '"x"'),
    ],
)
def test_whatever_takes_the_arguments_is_run(folder: Path, words: list[str], result: str) -> None:
    (folder / "strange.py").write_text(STRANGE, encoding="utf-8")
    done = in_pipe(folder, "run", *words)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{result}\n", "")


def test_what_goes_wrong_within_a_builtin_is_an_error_of_the_run(folder: Path) -> None:
    done = in_pipe(folder, "run", "builtins:int", "seven")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "ValueError: invalid literal for int() with base 10: 'seven'\n"
    assert in_pipe(folder, "run", "builtins:int", "7").stdout == "7\n"


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


def test_a_file_in_place_of_the_module_is_told_with_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "wizard.py").write_text("def onboarding(): pass\n", encoding="utf-8")
    done = in_pipe(tmp_path, "run", "wizard.py:onboarding")
    assert done.returncode == 2
    assert done.stderr.endswith("; give the module, not the file: wizard:…\n")
