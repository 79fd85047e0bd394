"""What the documents point to is there: files, headings and tests."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.structure.sources import ROOT, kept_files, python_sources

LINK = re.compile(r"\[(?P<label>[^\]]*)\]\((?P<target>[^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```\s*?$", re.MULTILINE | re.DOTALL)
OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)  # http:, mailto: …
TEST_NAME = re.compile(r"\btest_\w+\b(?![./])")


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a document to something in this repository."""

    label: str
    path: str
    heading: str


def links(text: str) -> list[Link]:
    """The relative links outside code blocks."""
    found: list[Link] = []
    for match in LINK.finditer(FENCE.sub("", text)):
        if not OUTSIDE.match(match["target"]):
            path, _, heading = match["target"].partition("#")
            found.append(Link(match["label"], path, heading))
    return found


def headings(text: str) -> set[str]:
    """The anchors that a reader's browser will find."""
    titles = re.findall(r"^#+ +(.+?) *$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken(document: Path, link: Link) -> bool:
    """Whether the file, or the heading in it, is missing."""
    target = (document.parent / link.path).resolve() if link.path else document
    if not target.exists():
        return True
    return bool(link.heading) and link.heading not in headings(target.read_text(encoding="utf-8"))


def named_tests(text: str) -> Iterator[tuple[str, str]]:
    """Each test that a document names, with the file it says it is in, or an empty string."""
    placed = {name: link.path for link in links(text) for name in TEST_NAME.findall(link.label)}
    yield from placed.items()
    prose = LINK.sub("", FENCE.sub("", text))
    yield from ((name, "") for name in sorted(set(TEST_NAME.findall(prose)) - set(placed)))


def functions(path: Path) -> set[str]:
    return {
        node.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)
    }


def documents() -> list[Path]:
    found = [path for path in kept_files() if path.suffix == ".md"]
    assert ROOT / "README.md" in found, "there is no README.md"
    return found


def test_every_relative_link_leads_somewhere() -> None:
    dead = [
        f"{document.relative_to(ROOT)}: {link.path}#{link.heading}".rstrip("#")
        for document in documents()
        for link in links(document.read_text(encoding="utf-8"))
        if broken(document, link)
    ]
    assert dead == []


def test_every_test_that_a_document_names_exists_where_it_says() -> None:
    everywhere = {name for source in python_sources("tests") for name in functions(ROOT / source.path)}
    missing = [
        f"{document.relative_to(ROOT)}: {name}"
        for document in documents()
        for name, path in named_tests(document.read_text(encoding="utf-8"))
        if name not in (functions(document.parent / path) if path else everywhere)
    ]
    assert missing == []


def test_control_links_are_found_and_broken_ones_noticed(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    text = "# One, two!\n[a](#one-two) [b](#three) [c](gone.md) [d](https://example.org/x)\n```\n[e](code.md)\n```\n"
    document.write_text(text, encoding="utf-8")
    found = links(text)
    assert [link.label for link in found] == ["a", "b", "c"]
    assert [link.label for link in found if broken(document, link)] == ["b", "c"]


def test_control_tests_are_found_in_links_and_in_prose() -> None:
    text = "[`test_a_thing`](tests/test_x.py), see `test_other` and [tests](tests/test_x.py), tests/test_file.py"
    assert list(named_tests(text)) == [("test_a_thing", "tests/test_x.py"), ("test_other", "")]


def pitfalls(document: str) -> list[list[str]]:
    """The cells of the table of pitfalls, row by row."""
    table = document.split("### Pitfalls", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return rows[1:]


def test_each_pitfall_names_tests_that_there_are() -> None:
    defined = {
        node.name
        for source in python_sources("tests")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef)
    }
    rows = pitfalls((ROOT / "docs" / "design.md").read_text(encoding="utf-8"))
    assert len(rows) >= 24
    for pitfall, _, shown_by in rows:
        tests = re.findall(r"`(test_\w+)`", shown_by)
        assert tests, f"no test: {pitfall}"
        assert set(tests) <= defined, f"not there: {set(tests) - defined}"
