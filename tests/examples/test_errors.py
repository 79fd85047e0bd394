"""The error gallery shows every error, as it is raised now."""

from collections.abc import Callable

import pytest

from actors import errors, testing
from actors.exits import ActorsError
from examples import errors as gallery
from examples import supervisor_errors, testing_errors
from supervisors import errors as of_supervisors
from supervisors.errors import SpecError

ALL = [*gallery.GALLERY.items(), *supervisor_errors.GALLERY.items(), *testing_errors.GALLERY.items()]


def test_every_error_is_in_the_gallery() -> None:
    assert {error.__name__ for error in gallery.GALLERY} == set(errors.__all__) - {"ActorsError"}


def test_so_is_every_error_of_supervisors() -> None:
    found = {thing for thing in vars(of_supervisors).values() if isinstance(thing, type) and issubclass(thing, ActorsError)}
    defined = found - {ActorsError, of_supervisors.SupervisorError}
    assert {*supervisor_errors.GALLERY} == defined | {SpecError}


def test_so_is_every_error_of_testing() -> None:
    assert {error.__name__ for error in testing_errors.GALLERY} == {
        name for name in testing.__all__ if name.endswith("Error")
    }


@pytest.mark.parametrize(("error", "snippet"), ALL, ids=[f"{error.__module__}-{error.__name__}" for error, _ in ALL])
def test_the_page_shows_what_is_raised(error: type[Exception], snippet: Callable[[], None]) -> None:
    section = gallery.section(error, snippet)
    assert f"```text\n{error.__name__}: " in section
    assert section in gallery.PAGE.read_text(encoding="utf-8"), "docs/errors.md is stale: make docs"


def test_a_stale_page_would_be_noticed() -> None:
    page = gallery.PAGE.read_text(encoding="utf-8")
    assert gallery.section(errors.CancelledError, gallery.finished) not in page
