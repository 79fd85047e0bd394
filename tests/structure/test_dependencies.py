"""Three runtime dependencies, and one module that knows each thing that only one should know."""

import ast
import re
import sys
from collections.abc import Iterator
from configparser import ConfigParser

from tests.structure.sources import PACKAGES, ROOT, Source, package_sources

RUNTIME_DEPENDENCIES = {"gevent", "msgpack", "structlog"}

# What a module may import besides the standard library and our own packages. greenlet comes with gevent.
ANYWHERE = {"gevent", "greenlet", "msgpack", "structlog"}
ONLY_IN_FOLDER = {
    "actors/console/": {"click", "rich"},
    "actors/testing/": {"hypothesis", "pytest"},
    "supervisors/console.py": {"click", "rich"},
    "supervisors/drawing.py": {"rich"},
    "supervisors/prometheus.py": {"prometheus_client"},
}

# Imported by this module and by no other.
CLOCK = "actors/clock.py"
ONLY_IN_MODULE = {
    "msgpack": "actors/codec/",
    "structlog": "actors/telemetry.py",
    "time": CLOCK,
}

# `datetime` is also a type, so its import says nothing; these are the ways to read the time with it.
READS_OF_DATETIME = {"now", "today", "utcnow"}


def names(requirements: str) -> set[str]:
    """The distributions that a list of requirements names, one a line."""
    return {re.split(r"[^\w.-]", line.strip())[0] for line in requirements.splitlines() if line.strip()}


def imported(source: Source) -> Iterator[str]:
    """The top-level name of each import, wherever in the file it stands."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Import(names=aliases):
                yield from (alias.name.partition(".")[0] for alias in aliases)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]
            case _:
                pass


def foreign(source: Source) -> set[str]:
    """Imports of something that this file must not depend on."""
    allowed = ANYWHERE | set(PACKAGES) | sys.stdlib_module_names
    for folder, extra in ONLY_IN_FOLDER.items():
        if source.path.startswith(folder):
            allowed |= extra
    return set(imported(source)) - allowed


def misplaced(source: Source) -> set[str]:
    """Imports of something that another module is the only one to know."""
    return {name for name in imported(source) if not source.path.startswith(ONLY_IN_MODULE.get(name, source.path))}


def reads_of_time(source: Source) -> set[str]:
    """Calls such as `datetime.now(UTC)`, outside the module whose business they are."""
    if source.path == CLOCK:
        return set()
    return {
        f"{owner}.{node.attr}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in READS_OF_DATETIME
        if (owner := ast.unparse(node.value)).rpartition(".")[2] in {"date", "datetime"}
    }


def test_there_are_exactly_three_runtime_dependencies() -> None:
    settings = ConfigParser(interpolation=None)
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    assert names(settings["options"]["install_requires"]) == RUNTIME_DEPENDENCIES


def test_the_code_imports_nothing_that_it_does_not_declare() -> None:
    assert {source.path: found for source in package_sources() if (found := foreign(source))} == {}


def test_msgpack_structlog_and_time_are_each_known_to_one_module() -> None:
    assert {source.path: found for source in package_sources() if (found := misplaced(source))} == {}


def test_datetime_reads_no_time_elsewhere() -> None:
    assert {source.path: found for source in package_sources() if (found := reads_of_time(source))} == {}


def test_control_requirements_are_read_with_and_without_versions() -> None:
    assert names("\ngevent >= 24.11\nzope.event>=5\nrich[jupyter]; python_version > '3'\n") == {
        "gevent",
        "zope.event",
        "rich",
    }


def test_control_an_undeclared_import_is_noticed_however_deep_it_stands() -> None:
    text = "import gevent.event\nimport click\ndef f():\n    from requests.api import get\n"
    assert foreign(Source("actors/runtime/x.py", text)) == {"click", "requests"}
    assert foreign(Source("actors/console/x.py", text)) == {"requests"}


def test_control_a_misplaced_import_is_noticed() -> None:
    text = "import time\ndef f():\n    import structlog.stdlib\nfrom actors.clock import monotonic\n"
    assert misplaced(Source("actors/runtime/x.py", text)) == {"time", "structlog"}
    assert misplaced(Source("actors/clock.py", text)) == {"structlog"}


def test_control_a_read_of_the_time_is_noticed() -> None:
    text = "datetime.now(UTC)\ndatetime.date.today()\nclock.now()\ndatetime.fromtimestamp(0, UTC)\n"
    assert reads_of_time(Source("actors/runtime/x.py", text)) == {"datetime.now", "datetime.date.today"}
    assert reads_of_time(Source("actors/clock.py", text)) == set()
