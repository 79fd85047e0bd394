"""The compiled core is made of the sources that stand here, and its types name the fields that the classes have."""

import importlib
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.structure.sources import ROOT

PACKAGES = ("actors", "supervisors")
TYPED = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.pxd"))
CLASS = re.compile(r"^cdef class (\w+)(?:\(\w+\))?:\n((?:    .*\n|\n)*)", re.MULTILINE)
FIELDS = re.compile(r"^    cdef public (?:object|int|bint|double|str|dict|list|set|tuple|[A-Z]\w*) (.+)$", re.MULTILINE)


def compiled() -> Iterator[tuple[Path, Path]]:
    """Each extension module that this Python would import, with the source it was made of."""
    for suffix in EXTENSION_SUFFIXES:
        for made in (made for package in PACKAGES for made in (ROOT / package).rglob(f"*{suffix}")):
            if made.name.count(".") == suffix.count("."):
                yield made, made.with_name(made.name.removesuffix(suffix) + ".py")


def older(made: Path, source: Path) -> bool:
    """Whether a source, or its types, changed after it was compiled."""
    sources = [source.with_suffix(suffix) for suffix in (".py", ".pxd", ".pyx")]
    return any(path.exists() and path.stat().st_mtime > made.stat().st_mtime for path in sources)


def test_nothing_compiled_is_older_than_its_source() -> None:
    stale = [made.relative_to(ROOT).as_posix() for made, source in compiled() if older(made, source)]
    assert not stale, f"compiled from another version: {stale}; `make test` compiles anew, `make clean` takes all away"


def test_control_a_source_that_changed_later_is_noticed(tmp_path: Path) -> None:
    source, made = tmp_path / "m.py", tmp_path / "m.so"
    made.touch()
    source.touch()
    os.utime(made, (1, 1))
    assert older(made, source)
    os.utime(made, (source.stat().st_mtime + 1, source.stat().st_mtime + 1))
    assert not older(made, source)


def test_what_cannot_be_compiled_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("Cython", reason="nothing is compiled here")
    monkeypatch.setattr(pytest.importorskip("setuptools"), "setup", dict)
    monkeypatch.setenv("ACTORS_PURE", "1")  # not all of them: one will do
    monkeypatch.chdir(ROOT)
    made = runpy.run_path("setup.py")["compiled"](["actors/runtime/turns.py"], annotation_typing=False)
    assert [extension.name for extension in made] == ["actors.runtime.turns"]
    assert all(extension.optional for extension in made)


def declared(text: str) -> dict[str, set[str]]:
    """The fields that a file of types gives each class."""
    return {
        name: {field.strip() for line in FIELDS.findall(body) for field in line.split(",")}
        for name, body in CLASS.findall(text)
    }


@pytest.mark.parametrize("path", TYPED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_types_name_the_fields_of_the_classes(path: Path) -> None:
    module: Any = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for name, fields in declared(path.read_text(encoding="utf-8")).items():
        slots: tuple[str, ...] = getattr(module, name).__slots__
        assert fields == set(slots) - {"__weakref__"}, name


def test_control_fields_are_read() -> None:
    text = "cdef class A(B):\n    cdef public int one\n    cdef public Turns two, three\n\n    cpdef call(self)\n"
    assert declared(text) == {"A": {"one", "two", "three"}}


def test_an_error_that_nobody_catches_is_printed_with_lines_of_ours_or_none(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import actors\nactors.send(None, 1)\n", encoding="utf-8")
    ended = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False, timeout=60)
    lines = ended.stderr.splitlines()
    ours = (ROOT / "actors" / "runtime" / "mailbox.py").read_text(encoding="utf-8")
    for frame, shown in pairwise(lines):
        if "mailbox.py" in frame and not shown.startswith(("  File", "TypeError")):  # `mailbox` of the standard library
            assert shown.strip() in ours
    assert any("actors/runtime/mailbox.py" in line for line in lines)
    assert lines[-1].startswith("TypeError: send(None")
