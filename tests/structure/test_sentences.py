"""Every sentence of docs/semantics.md that this release keeps is shown by a test that carries its number.

A test carries numbers by ``@pytest.mark.sentence("R8", "R9")``; a ``Test…`` class or a module's ``pytestmark``
carries them for the tests inside. A test that is skipped or expected to fail shows nothing.
"""

import ast
import re
from collections.abc import Iterable, Iterator

from tests.structure.sources import ROOT, Source, python_sources

# What the first release promised stays promised, whatever the document says later.
FIRST_RELEASE = "C1–C12, R1–R22, A1–A4, A6–A11, A14, T5, T6"


def expand(listing: str) -> set[str]:
    """``"C1–C3, T5"`` is C1, C2, C3 and T5."""
    found: set[str] = set()
    for letter, first, last in re.findall(r"\b([A-Z])(\d+)(?:–\1(\d+))?", listing):
        found.update(f"{letter}{number}" for number in range(int(first), int(last or first) + 1))
    return found


def defined(document: str) -> set[str]:
    """The sentences: each begins its paragraph with its number in bold."""
    return set(re.findall(r"^\*\*([A-Z]\d+)\.\*\* ", document, re.MULTILINE))


def listed(document: str, status: str) -> set[str]:
    """The numbers after ``In this release:`` or ``Later releases:`` under the headings."""
    return expand(" ".join(re.findall(rf"^{status}: (.+?)$", document, re.MULTILINE)))


def carried(source: Source) -> set[str]:
    """The numbers that the tests of this file carry."""
    return {number for marks in marked_tests(source.tree.body) for number in numbers(marks)}


def marked_tests(body: Iterable[ast.stmt]) -> Iterator[list[ast.expr]]:
    """The marks of each test, test class and ``pytestmark`` in these statements."""
    for statement in body:
        match statement:
            case ast.FunctionDef(name=name, decorator_list=marks) if name.startswith("test_"):
                yield marks
            case ast.ClassDef(name=name, decorator_list=marks) if name.startswith("Test"):
                yield marks
                yield from marked_tests(statement.body)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == "pytestmark" or name.startswith("Test"):
                yield [value]
            case _:
                pass


def numbers(marks: list[ast.expr]) -> set[str]:
    nodes = [node for mark in marks for node in ast.walk(mark)]
    if any(isinstance(node, ast.Attribute) and node.attr in {"skip", "xfail"} for node in nodes):
        return set()
    return {
        argument.value
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "sentence"
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def by_number(found: set[str]) -> list[str]:
    return sorted(found, key=lambda number: (number[0], int(number[1:])))


SEMANTICS = (ROOT / "docs" / "semantics.md").read_text(encoding="utf-8")
KEPT = listed(SEMANTICS, "In this release")
LATER = listed(SEMANTICS, "Later releases")


def test_every_sentence_says_whether_this_release_keeps_it() -> None:
    assert by_number(KEPT & LATER) == []
    assert by_number(defined(SEMANTICS) ^ (KEPT | LATER)) == []


def test_the_first_release_keeps_what_it_promised() -> None:
    assert by_number(expand(FIRST_RELEASE) - KEPT) == []


def test_every_sentence_of_this_release_has_a_test() -> None:
    shown = {number for source in python_sources("tests") for number in carried(source)}
    missing = by_number(KEPT - shown)
    assert not missing, f"no test carries {', '.join(missing)}"


def test_no_test_carries_a_number_that_no_sentence_has() -> None:
    known = defined(SEMANTICS)
    unknown = {source.path: by_number(extra) for source in python_sources("tests") if (extra := carried(source) - known)}
    assert unknown == {}


def test_control_marks_count_on_tests_classes_and_modules() -> None:
    text = """
pytestmark = pytest.mark.sentence("C1")

@pytest.mark.sentence("C2", "C3")
def test_a(): ...

@pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.sentence("C4"))])
def test_b(n): ...

@pytest.mark.sentence("C5")
class TestC:
    @pytest.mark.sentence("C6")
    def test_d(self): ...

TestE = pytest.mark.sentence("C7")(Machine.TestCase)
"""
    assert carried(Source("test_x.py", text)) == expand("C1–C7")


def test_control_marks_do_not_count_on_other_functions_nor_on_skipped_tests() -> None:
    text = """
@pytest.mark.sentence("C1")
def helper(): ...

@pytest.mark.skip
@pytest.mark.sentence("C2")
def test_a(): ...

@pytest.mark.xfail(reason="not yet")
@pytest.mark.sentence("C3")
def test_b(): ...
"""
    assert carried(Source("test_x.py", text)) == set()


def test_control_the_document_is_read() -> None:
    document = "In this release: X1–X3, X7.\nLater releases: X4.\n\n**X1.** One.\n\n**X4.** Four, see X9.\n"
    assert defined(document) == {"X1", "X4"}
    assert listed(document, "In this release") == {"X1", "X2", "X3", "X7"}
    assert listed(document, "Later releases") == {"X4"}
