"""The two errors of the codec."""

from __future__ import annotations

from actors.exits import ActorsError


class EncodeError(ActorsError, TypeError):
    """A value cannot be stored such that it comes back as it was; `path` leads to it, `value` is it."""

    def __init__(self, path: str, value: object, why: str) -> None:
        """Take where it stands in what was to be stored, the value itself, and what is wrong with it."""
        super().__init__(f"cannot store the value{' at ' if path else ''}{path}: {why}")
        self.path = path
        self.value = value


class DecodeError(ActorsError, ValueError):
    """The bytes are not what `encode` made, or of a type that is not known here."""
