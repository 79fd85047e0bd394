"""Errors that nobody took notice of: of a greenlet that nobody waits for, of an actor that nobody watches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from traceback import format_exception
from typing import Any

import gevent
from gevent.hub import Hub

from actors import telemetry


class Losses:
    """Collects lost errors between `install` and `remove`; of several that are installed, the latest does."""

    def __init__(self) -> None:
        """Begin with none."""
        self._found: list[str] = []
        self._stop: Callable[[], None] | None = None

    def install(self) -> None:
        """Begin to collect."""
        if not _installed:
            _replace_handle_error()
        _installed.append(self)
        self._stop = telemetry.subscribe(self._hear)

    def remove(self) -> None:
        """Collect no more."""
        if self._stop is not None:
            self._stop()
            self._stop = None
            _installed.remove(self)
            if not _installed:
                _restore_handle_error()

    def take(self) -> list[str]:
        """Return the errors lost since the last call, each as a text with where it happened and the traceback."""
        found, self._found = self._found, []
        return found

    def lost_in_hub(self, hub: Hub, context: object, kind: Any, value: Any) -> None:
        """Note an error that reached the hub, unless somebody waits for the greenlet that it ended."""
        if issubclass(kind, (*hub.NOT_ERROR, *hub.SYSTEM_ERROR)) or _is_awaited(context):
            return
        what = f"an error was lost in {context!r}" if context is not None else "an error was lost in the hub"
        self._note(what, value if isinstance(value, BaseException) else kind(value))

    def _hear(self, event: str, data: Mapping[str, Any]) -> None:
        if event == "actor crashed" and _installed[-1] is self:
            self._note(f"{data['actor']} crashed and nobody watched it", data["error"])

    def _note(self, what: str, error: BaseException) -> None:
        self._found.append(f"{what}:\n{''.join(format_exception(error)).rstrip()}")


def _is_awaited(context: object) -> bool:
    # gevent reports an error also when someone is blocked in `get` or `join`, or has linked a callback: these are told.
    return isinstance(context, gevent.Greenlet) and context.has_links()


_installed: list[Losses] = []
_originals: list[Any] = []


def _replace_handle_error() -> None:
    original: Any = Hub.handle_error
    _originals.append(original)

    def handle_error(hub: Hub, context: object, type: Any, value: Any, tb: Any) -> None:  # noqa: A002  gevent's names
        _installed[-1].lost_in_hub(hub, context, type, value)
        original(hub, context, type, value, tb)

    Hub.handle_error = handle_error  # type: ignore[method-assign,assignment]  # gevent's seam is the instance; hubs come and go


def _restore_handle_error() -> None:
    Hub.handle_error = _originals.pop()  # type: ignore[method-assign]  # what was there before
