"""Nothing in the repository depends on the machine it was written on."""

import re
from collections.abc import Iterator

from tests.structure.sources import ROOT, kept_files

# Written so that they do not match themselves.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:root|work|farm|home/\w+|Users/\w+|opt/(?:pypi|wheels)|tmp/bash_jobs)(?:/|\b)")
REGISTRY = re.compile(
    r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org|crates\.io|proxy\.golang\.org)\b"
)


def ties(text: str) -> Iterator[str]:
    """What in this text would not work, or not be meant, elsewhere."""
    for pattern in (MACHINE_PATH, REGISTRY):
        yield from pattern.findall(text)


def test_no_file_names_a_path_of_one_machine_or_the_host_of_a_registry() -> None:
    found: dict[str, list[str]] = {}
    for path in kept_files():
        content = path.read_bytes()
        if b"\0" not in content and (bad := list(ties(content.decode("utf-8")))):
            found[path.relative_to(ROOT).as_posix()] = bad
    assert found == {}


def test_control_paths_and_hosts_are_noticed() -> None:
    path, host = "/" + "root/.venv/bin", "https://" + "pypi" + ".org/simple"
    assert list(ties(f"cd {path}; pip install -i {host}")) == ["/" + "root/", "pypi" + ".org"]


def test_control_ordinary_paths_are_not() -> None:
    assert list(ties("/usr/bin/env bash; docs/work/x; /workers/1; http://localhost:8000/root")) == []
