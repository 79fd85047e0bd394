"""The wizard over real sockets, several clients at once."""

import json
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from actors.runtime import background
from examples.onboarding import Mode, stack
from examples.web_threads import ThreadedServer, Wizards


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name of the method that it overrides
        """Print nothing."""


@pytest.fixture
def address() -> Generator[str]:
    application = Wizards(partial(stack, Mode.TEST))
    with make_server("localhost", 0, application, ThreadedServer, Quiet) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        serving.join()
    assert background().close() == []


def post(address: str, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
    try:
        with urlopen(address + path, json.dumps(body).encode(), timeout=10.0) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def onboard(address: str, name: str) -> dict[str, Any]:
    _, page = post(address, "/start")
    session = page["session"]
    for answer in (name, "nonsense", f"{name}@example.org", "pro"):
        status, page = post(address, "/answer", session=session, token=page["token"], answer=answer)
        assert status == 200
        assert ("error" in page and bool(page["error"])) is (answer == "nonsense")
    return page


def test_each_of_several_clients_is_led_through_a_wizard_of_its_own(address: str) -> None:
    names = [f"client{number}" for number in range(8)]
    with ThreadPoolExecutor(len(names)) as clients:
        pages = list(clients.map(partial(onboard, address), names))
    assert pages == [{"user": name, "plan": "pro"} for name in names]


def test_of_a_double_submit_one_is_taken(address: str) -> None:
    _, page = post(address, "/start")
    submit = partial(post, address, "/answer", session=page["session"], token=page["token"])
    with ThreadPoolExecutor(4) as clients:
        submitted = [clients.submit(submit, answer=name) for name in "abcd"]
        found = [each.result() for each in submitted]
    assert sorted(status for status, _ in found) == [200, 409, 409, 409]
    assert post(address, "/answer", session="none", token=1, answer="x")[0] == 404
