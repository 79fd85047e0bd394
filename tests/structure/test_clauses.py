"""docs/clauses.md names, for each clause of the sentences A, T and R, tests that carry the sentence's number."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from tests.structure.sources import ROOT, Source, python_sources
from tests.structure.test_sentences import KEPT, by_number, numbers

CLAUSES = (ROOT / "docs" / "clauses.md").read_text(encoding="utf-8")
TAKEN_APART = "ART"


def sections(document: str) -> dict[str, list[str]]:
    """The lines of the clauses below the heading of each sentence."""
    parts = re.split(r"^## ([A-Z]\d+)$", document, flags=re.MULTILINE)
    return {
        number: re.findall(r"^- (.+)$", text, re.MULTILINE) for number, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def named(clause: str) -> list[str]:
    return re.findall(r"`((?:test_|Test)\w+)`", clause)


def carriers(sources: Iterable[Source]) -> dict[str, set[str]]:
    """The numbers that each test carries, itself or by its class or its module."""
    found: dict[str, set[str]] = defaultdict(set)
    for source in sources:
        for name, carried in marked(source.tree.body, set()):
            found[name] |= carried
    return found


def marked(body: list[ast.stmt], outside: set[str]) -> Iterator[tuple[str, set[str]]]:
    """Each test with the numbers of its own marks and of those around it."""
    values = [
        node.value
        for node in body
        if isinstance(node, ast.Assign)
        and any(isinstance(name, ast.Name) and name.id == "pytestmark" for name in node.targets)
    ]
    around = outside | numbers(values)
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name, around | numbers(node.decorator_list)
        elif isinstance(node, ast.ClassDef):
            yield from marked(node.body, around | numbers(node.decorator_list))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, around | numbers([node.value])  # the machine of a property


def test_every_sentence_of_actors_threads_and_runners_is_taken_apart() -> None:
    expected = {number for number in KEPT if number[0] in TAKEN_APART}
    assert by_number(set(sections(CLAUSES))) == by_number(expected)


def test_every_clause_names_a_test_that_carries_its_number() -> None:
    carried = carriers(python_sources("tests"))
    wrong = [
        f"{number}: {clause}"
        for number, clauses in sections(CLAUSES).items()
        for clause in clauses
        if not named(clause) or any(number not in carried.get(name, ()) for name in named(clause))
    ]
    assert wrong == []


def test_no_sentence_is_without_a_clause() -> None:
    assert [number for number, clauses in sections(CLAUSES).items() if not clauses] == []


def test_control_clauses_and_carriers_are_read() -> None:
    text = """
pytestmark = pytest.mark.sentence("X1")

def test_a(): ...

class TestB:
    @pytest.mark.sentence("X2")
    def test_b(self): ...

TestC: Any = pytest.mark.sentence("X3")(Machine.TestCase)
"""
    assert carriers([Source("test_x.py", text)]) == {"test_a": {"X1"}, "test_b": {"X1", "X2"}, "TestC": {"X1", "X3"}}
    assert sections("# Title\n\n## X1\n\n- one: `test_a`\n- two\n\n## X2\n") == {"X1": ["one: `test_a`", "two"], "X2": []}
    assert named("one: `test_a`, `test_b`, test_c") == ["test_a", "test_b"]
