"""The error gallery shows every error, as it is raised now."""

import pytest

from actors import errors
from examples import errors as gallery


def test_every_error_is_in_the_gallery() -> None:
    assert {error.__name__ for error in gallery.GALLERY} == set(errors.__all__) - {"ActorsError"}


@pytest.mark.parametrize("error", gallery.GALLERY, ids=lambda error: str(error.__name__))
def test_the_page_shows_what_is_raised(error: type[Exception]) -> None:
    section = gallery.section(error, gallery.GALLERY[error])
    assert f"```text\n{error.__name__}: " in section
    assert section in gallery.PAGE.read_text(encoding="utf-8"), "docs/errors.md is stale: make docs"


def test_a_stale_page_would_be_noticed() -> None:
    page = gallery.PAGE.read_text(encoding="utf-8")
    assert gallery.section(errors.CancelledError, gallery.finished) not in page
