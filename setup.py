"""The compiled core: the modules on the hot paths as extension modules, made of the same sources.

Metadata stands in setup.cfg. A `.pxd` beside a module gives its classes' fields C types; the module itself stays plain
Python and is what runs where nothing was compiled. It is built where Cython and a C compiler are at hand, and left out in
silence where they are not, or where the environment variable ACTORS_PURE is set. `docs/design.md`, "The compiled core".
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from setuptools import Extension, setup

cythonize: Any
try:
    from Cython.Build import cythonize
except ImportError:
    cythonize = None

PACKAGES = ("actors", "supervisors")
# Stays plain Python: its `.pxd` is a second version of it, which the compiled modules take into themselves.
INLINE = ("actors/runtime/native.py",)
# Without types of their own, but calling those that have them all the time.
UNTYPED = ("actors/server/serving.py",)
# Elsewhere annotations mean nothing to the compiler. Here those of local variables count, so those of arguments are
# written to be no C types (`Seconds`).
ANNOTATED = ("actors/effects/asking.py", "actors/runtime/mailbox.py", "actors/runtime/spawning.py")
# Where the C that Cython writes names a source: a line of the table that frames of tracebacks are made from.
SOURCE_NAME = r'^(  )"((?:actors|supervisors)/[\w/]+\.(?:py|pyx|pxd))"(?=,$)'
DIRECTIVES = {
    "language_level": 3,
    "binding": True,  # functions that look like functions to `inspect`
    "nonecheck": True,  # a None where an actor should be is an AttributeError, never a crash of the process
}


def sources() -> list[str]:
    """Return the modules to compile: those with a `.pxd`, what is listed above, and each `.pyx` in place of its `.py`."""
    written = [path for package in PACKAGES for path in Path(package).rglob("*.pyx")]
    types = [path for package in PACKAGES for path in Path(package).rglob("*.pxd")]
    typed = [path.with_suffix(".py") for path in types if path.with_suffix(".pyx") not in written]
    return [
        source
        for source in sorted(path.as_posix() for path in [*typed, *written, *map(Path, UNTYPED)])
        if source not in INLINE
    ]


def extensions() -> list[Any]:
    """Return what setuptools is to build: nothing, where nothing can be compiled."""
    if cythonize is None or os.environ.get("ACTORS_PURE"):
        return []
    return [
        *compiled(ANNOTATED, annotation_typing=True),
        *compiled(set(sources()) - set(ANNOTATED), annotation_typing=False),
    ]


def name_of(source: str) -> str:
    """Return the name of the module that is compiled from a file."""
    return Path(source).with_suffix("").as_posix().replace("/", ".")


def compiled(chosen: Iterable[str], *, annotation_typing: bool) -> list[Any]:
    """Have Cython turn modules into C, and return them as extensions."""
    made: list[Any] = [Extension(name_of(source), [source], extra_compile_args=["-O2", "-g0"]) for source in sorted(chosen)]
    directives = DIRECTIVES | {"annotation_typing": annotation_typing}
    # In one process: several would need this file to be importable where processes are not forked.
    done: list[Any] = cythonize(made, compiler_directives=directives, build_dir="build/cython", quiet=True)
    for extension in done:
        extension.optional = True  # cythonize makes them anew, and forgets it: without a compiler everything would stop
        name_in_brackets(Path(extension.sources[0]))
    return done


def name_in_brackets(made: Path) -> None:
    """Have tracebacks name a module's source as `<actors/runtime/mailbox.py>`, which no file is looked up for.

    As a plain relative name the interpreter looks for it on `sys.path` by its last part alone, and prints lines of the
    standard library's `mailbox.py`.
    """
    text = made.read_text(encoding="utf-8")
    named = re.sub(SOURCE_NAME, r'\1"<\2>"', text, flags=re.MULTILINE)
    if named != text:  # else its date would have it compiled again
        made.write_text(named, encoding="utf-8")


setup(ext_modules=extensions())
