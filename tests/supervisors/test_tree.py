"""The command `actors tree`, at a terminal and in a pipe."""

import json
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from supervisors.console import tree
from supervisors.drawing import drawn, plain, span
from supervisors.inspection import VERSION
from tests.console.command import at_terminal, conversation, ended, in_pipe
from tests.structure.sources import ROOT
from tests.supervisors.programs import Program, program

pytestmark = [
    pytest.mark.sentence("S15"),
    # Python 3.12 warns of every fork of a process that has threads; the child replaces itself at once.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

SOURCE = """
    from supervisors import DynamicSupervisor, Restart

    many = ChildSpec("many", partial(DynamicSupervisor.start, name="many"))
    application = Application([nested("storage", child("db"), child("cache")), many, ready], name="shop", inspect="s")
    application.run()
"""


@contextmanager
def shop(folder: Path) -> Generator[Program]:
    """An application that runs in a folder."""
    with program(f"os.chdir({str(folder)!r})\n" + "\n".join(line[4:] for line in SOURCE.splitlines())) as running:
        running.until("started ready")
        yield running


def test_a_pipe_gets_plain_lines(tmp_path: Path) -> None:
    with shop(tmp_path) as running:
        done = in_pipe(tmp_path, "tree", "s")
        assert (done.returncode, done.stderr) == (0, "")
        lines = done.stdout.splitlines()
        assert lines[0] == f"shop  process {running.process.pid}  6 children: 6 running"
        assert [line.partition("  worker")[0].partition("  supervisor")[0].rstrip() for line in lines[2:]] == [
            *("root", "├── inspection", "├── storage", "│   ├── db", "│   └── cache", "├── many", "└── ready")
        ]
        assert "supervisor  ● running  0 of 3 in 5 s" in lines[4]
        assert lines[5].endswith("a message (receive)")
        assert "\x1b" not in done.stdout


def test_json_is_the_answer_as_it_is(tmp_path: Path) -> None:
    with shop(tmp_path):
        done = in_pipe(tmp_path, "tree", "s", "--json")
        report = json.loads(done.stdout)
        assert (report["version"], report["title"], done.stdout.count("\n")) == (VERSION, "shop", 1)
        assert [child["id"] for child in report["root"]["children"]] == ["inspection", "storage", "many", "ready"]


def test_a_terminal_gets_colours(tmp_path: Path) -> None:
    with shop(tmp_path):
        code, read = ended(at_terminal(tmp_path, "tree", "s"))
        assert code == 0
        assert "\x1b[32m● running\x1b[0m" in read
        assert "\x1b[1mstorage\x1b[0m" in read


def test_watch_redraws_in_place_until_the_application_ends(tmp_path: Path) -> None:
    with shop(tmp_path) as running:
        child = at_terminal(tmp_path, "tree", "s", "--watch", "0.01")
        child.expect("ready")
        child.expect("\x1b\\[2K")  # a line is cleared, to be drawn again
        running.signal(15)
        code, read = ended(child)
        assert code == 1
        assert "the application has ended" in read


def test_ctrl_c_ends_a_watch(tmp_path: Path) -> None:
    with shop(tmp_path):
        child = at_terminal(tmp_path, "tree", "s", "--watch")
        child.expect("ready")
        child.sendintr()
        assert ended(child)[0] == 130


def test_watch_in_a_pipe_writes_one_tree_after_the_other(tmp_path: Path) -> None:
    with shop(tmp_path), conversation(tmp_path, "tree", "s", "--json", "--watch", "0.01") as child:
        assert child.stdout is not None
        reports = [json.loads(child.stdout.readline()) for _ in range(3)]
        child.terminate()
    assert reports[0]["time"] < reports[1]["time"] < reports[2]["time"]


@contextmanager
def listener(path: Path, *answers: bytes) -> Generator[None]:
    """Somebody else who listens, and writes these answers."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def serve() -> None:
            for answer in answers:
                connection, _ = listening.accept()
                with connection:
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join()


def failed(path: str) -> tuple[int, str]:
    done = CliRunner().invoke(tree, [path])
    assert done.stdout == ""
    return done.exit_code, done.stderr


def test_what_is_not_there_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert failed("s") == (
        2,
        "actors tree: s: there is no such socket; does the application run, and with this path?\n",
    )
    (tmp_path / "file").write_text("")
    assert failed("file") == (2, "actors tree: file: that is no socket\n")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead"))
    code, text = failed("dead")
    assert (code, text.count("\n")) == (1, 1)
    assert "dead: nobody listens there" in text
    code, text = failed("x" * 200)
    assert (code, "too long" in text, "Traceback" in text) == (2, True, False)


def test_an_answer_that_is_none_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        b'{"version": 1, "ro': "the connection was lost in the midst of the answer",
        b"": "the connection was lost in the midst of the answer",
        b"HTTP/1.1 400 Bad Request\r\n": "is no application of this library",
        b"[]\n": "is no application of this library",
        b'{"version": 99}\n': "answers in version 99, and this command knows 1",
    }
    monkeypatch.chdir(tmp_path)
    with listener(tmp_path / "s", *answers):
        for expected in answers.values():
            code, text = failed("s")
            assert (code, text.count("\n")) == (1, 1)
            assert expected in text


def test_the_command_is_listed_and_tells_its_exit_codes() -> None:
    assert "tree" in in_pipe(ROOT, "--help").stdout
    told = CliRunner().invoke(tree, ["--help"]).stdout
    assert "130  Ctrl-C" in told
    assert CliRunner().invoke(tree, ["s", "--watch", "0"]).exit_code == 2


# -- drawing


def actor(**data: Any) -> dict[str, Any]:
    parked = {"label": "work", "state": "receiving", "mailbox": 0, "waits_for": "a message (receive)", "waited": 0.0}
    return parked | data


def node(child_id: str, *children: dict[str, Any], **data: Any) -> dict[str, Any]:
    kind = "supervisor" if children else "worker"
    return {"id": child_id, "kind": kind, "state": "running", "actor": actor(), "children": list(children)} | data


def report(*children: dict[str, Any], **data: Any) -> dict[str, Any]:
    return {"version": 1, "pid": 7, "root": node("root", *children)} | data


def test_of_very_many_children_some_are_shown_and_all_are_counted() -> None:
    children = [node(f"c{number:04}") for number in range(1000)]
    children[777]["state"] = "restarting"
    lines = plain(report(*children), 5).splitlines()
    assert lines[0] == "process 7  1,000 children: 999 running, 1 restarting"
    assert [line.split()[1] for line in lines[3:8]] == ["c0000", "c0001", "c0002", "c0003", "c0777"]
    assert lines[8].split() == ["└──", "…", "995", "more", "995", "running"]
    assert len(plain(report(*children), None).splitlines()) == 1003


def test_a_wait_outside_the_runtime_a_full_mailbox_and_a_crash_can_be_read() -> None:
    outside = actor(state="blocked outside", waits_for="outside the runtime, in fetch web.py:7", waited=None, mailbox=3)
    dead = actor(state="ended", waits_for=None, waited=None, reason="Crash(error=\nOSError())")
    text = plain(report(node("a", actor=outside | {"bound": 3}), node("b", actor=dead, state="restarting", restarts=1204)))
    first, second = text.splitlines()[-2:]
    assert first.split() == [
        "├──",
        "a",
        "worker",
        "●",
        "running",
        "3/3",
        "outside",
        "the",
        "runtime,",
        "in",
        "fetch",
        "web.py:7",
    ]
    assert second.split() == ["└──", "b", "worker", "●", "restarting", "1,204", "Crash(error=", "OSError())"]


def test_zombies_are_at_the_end() -> None:
    undead = actor(label="parse", reason="Killed()", state="running", waits_for=None)
    lines = plain(report(node("a"), zombies=[undead])).splitlines()
    assert lines[-2:] == ["1 actor outlived being killed:", "  parse  running, Killed()"]


def test_in_a_narrow_terminal_names_and_waits_are_cut_off_and_nothing_else() -> None:
    console = Console(file=StringIO(), width=90, force_terminal=True, color_system=None)
    long = node("a-name-that-is-longer-than-anybody-would-like-it-to-be", actor=actor(waits_for="w" * 200, mailbox=12))
    with console.capture() as captured:
        console.print(drawn(report(long), console))
    lines = captured.get().splitlines()
    assert all(len(line) <= 90 for line in lines)
    assert lines[-1].split()[1].endswith("…")
    assert lines[-1].split()[-1].endswith("…")
    assert lines[-1].split()[2:6] == ["worker", "●", "running", "12"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (0.0002, "<1 ms"),
        (0.0314, "31 ms"),
        (1.26, "1.3 s"),
        (59.0, "59 s"),
        (90.0, "1.5 min"),
        (7200.0, "2 h"),
    ],
)
def test_times_as_one_says_them(seconds: float, text: str) -> None:
    assert span(seconds) == text
