"""Modules and functions stay small, and are called by what they are."""

import ast
from collections.abc import Iterator
from statistics import median

from tests.structure.sources import Source, package_sources

MODULE_LINES = 400
MEDIAN_MODULE_LINES = 150
FUNCTION_LINES = 40
MEDIAN_FUNCTION_LINES = 8

# Names that say where something was put and not what it is.
NAMES_OF_NOTHING = {"base", "common", "core", "helpers", "misc", "types", "utils"}


def module_sizes(sources: list[Source]) -> dict[str, int]:
    return {source.path: len(source.text.splitlines()) for source in sources}


def function_sizes(sources: list[Source]) -> dict[str, int]:
    """Lines from ``def`` to the end, docstring and comments included."""
    return {
        f"{source.path}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def above(limit: int, sizes: dict[str, int]) -> dict[str, int]:
    return {name: size for name, size in sizes.items() if size > limit}


def empty_names(source: Source) -> Iterator[str]:
    """Modules, packages and classes whose name says nothing."""
    yield from (part for part in source.path.removesuffix(".py").split("/") if part in NAMES_OF_NOTHING)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and node.name.endswith("Manager"):
            yield node.name


def test_no_module_is_long() -> None:
    assert above(MODULE_LINES, module_sizes(package_sources())) == {}


def test_the_median_module_is_short() -> None:
    assert median(module_sizes(package_sources()).values()) <= MEDIAN_MODULE_LINES


def test_no_function_is_long() -> None:
    assert above(FUNCTION_LINES, function_sizes(package_sources())) == {}


def test_the_median_function_is_short() -> None:
    assert median(function_sizes(package_sources()).values()) <= MEDIAN_FUNCTION_LINES


def test_no_module_or_class_has_a_name_that_says_nothing() -> None:
    found = {source.path: names for source in package_sources() if (names := list(empty_names(source)))}
    assert found == {}


def test_control_a_long_module_and_a_long_function_are_noticed() -> None:
    function = "    def long(self):\n" + "        pass\n" * 40
    source = Source("actors/long.py", "class Runner:\n" + function + "\n" * 400)
    assert above(MODULE_LINES, module_sizes([source])) == {"actors/long.py": 442}
    assert above(FUNCTION_LINES, function_sizes([source])) == {"actors/long.py:2 long": 41}


def test_control_a_name_that_says_nothing_is_noticed() -> None:
    source = Source("actors/utils.py", "class ActorManager: ...\nclass Mailbox: ...\n")
    assert list(empty_names(source)) == ["utils", "ActorManager"]
