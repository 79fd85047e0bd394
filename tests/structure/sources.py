"""What the structure tests look at: the files of this repository, and the syntax of the Python ones."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("actors", "supervisors")


@dataclass(frozen=True, slots=True)
class Source:
    """A Python file: where it stands, relative to the root, and what it says."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)


def python_sources(*folders: str) -> list[Source]:
    """Every Python file below these folders of the repository; a folder that is not there yet has none."""
    paths = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return [Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths]


def package_sources() -> list[Source]:
    """The code that ships."""
    found = python_sources(*PACKAGES)
    assert found, f"no Python file below {' or '.join(PACKAGES)}"
    return found


def kept_files() -> Iterator[Path]:
    """The files under version control, and those about to be: everything that is not ignored."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in sorted(set(listing.stdout.split("\0")) - {""}):
        path = ROOT / name
        if path.is_file():  # a file deleted but not yet committed is still listed
            yield path
