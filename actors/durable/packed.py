"""An operation of a log that came from bytes. Pure."""

from __future__ import annotations

from actors.durable.forms import form_of, same, shown


class Packed:
    """An operation of a log that came from bytes; equal to the operations that have its form."""

    __slots__ = ("form",)
    __hash__ = None  # type: ignore[assignment]  # equal to what is of other types

    def __init__(self, form: bytes) -> None:
        """Take the form."""
        self.form = form

    def __eq__(self, other: object) -> bool:
        """Compare the forms."""
        return same(self.form, other.form if isinstance(other, Packed) else form_of(other))

    def __repr__(self) -> str:
        """Show the operation as its call was written."""
        return repr(shown(self.form))
