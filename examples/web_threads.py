"""The onboarding wizard behind a threaded WSGI server of the standard library: a run for each session, in JSON.

$ python -m examples.web_threads
$ curl -d '{}' localhost:8000/start
$ curl -d '{"session": "…", "token": 1, "answer": "Ada"}' localhost:8000/answer
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from uuid import uuid4
from wsgiref.simple_server import WSGIServer, make_server

from actors import AsyncComputation, Cancelled, Completed, Suspend, Throw
from actors.errors import NotSuspendedError, StaleTokenError
from actors.runtime import BackgroundThread, background
from examples.onboarding import User, onboarding, stack


class ThreadedServer(ThreadingMixIn, WSGIServer):
    """Serves each request in a thread of its own."""

    daemon_threads = True


class Wizards:
    """The WSGI application; its runs outlive the thread of the request that started them."""

    def __init__(
        self, handlers: Callable[[], Any] = stack, thread: Callable[[], BackgroundThread | None] = background
    ) -> None:
        """Take the handler stack of each run, and the thread of them all; None for the one that serves, with gevent."""
        self.handlers = handlers
        self.thread = thread
        self.runs: dict[str, AsyncComputation[Any]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Answer one request."""
        body: dict[str, Any] = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"{}")
        status, page = self.start() if environ["PATH_INFO"] == "/start" else self.answer(body)
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(page).encode()]

    def start(self) -> tuple[str, dict[str, Any]]:
        """Start a run, owned by no thread: a request's thread ends with the request."""
        session = uuid4().hex
        run, outcome = AsyncComputation.start_sync(onboarding, handlers=self.handlers, link=False, on=self.thread())
        self.runs[session] = run
        return "200 OK", {"session": session} | shown(outcome)

    def answer(self, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Answer the question that the form was made for, and no other."""
        run = self.runs.get(body.get("session", ""))
        if run is None:
            return "404 Not Found", {"error": "no such session"}
        try:
            return "200 OK", shown(run.resume_sync(body["answer"], token=body["token"]))
        except (NotSuspendedError, StaleTokenError) as error:
            return "409 Conflict", {"error": str(error)}


def shown(outcome: object) -> dict[str, Any]:
    """Return an outcome as a page."""
    match outcome:
        case Suspend(question, token) as suspend:
            return {"question": question.prompt, "token": token, "error": suspend.error and str(suspend.error)}
        case Completed(User() as user):
            return {"user": user.name, "plan": user.plan.value}
        case Throw() | Cancelled():
            return {"ended": str(outcome)}
        case _:
            raise AssertionError(outcome)


if __name__ == "__main__":
    make_server("localhost", 8000, Wizards(), ThreadedServer).serve_forever()
