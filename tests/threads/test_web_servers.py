"""Wizards behind the web servers that are used most: real servers, sockets and signals, each in a process of its own."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.examples.test_web_threads import onboard, post

ROOT = Path(__file__).parents[2]

PATCHED = "from gevent import monkey; monkey.patch_all(); from tests.threads.served import main; main()"
GUNICORN = ("-m", "gunicorn", "--bind", "127.0.0.1:0", "--workers", "1", "--graceful-timeout", "20")

SERVERS = {
    "pywsgi": ("-m", "tests.threads.served"),
    "pywsgi, patched": ("-c", PATCHED),
    "gunicorn gevent": (*GUNICORN, "--worker-class", "gevent", "tests.threads.served:green"),
    "gunicorn threads": (*GUNICORN, "--threads", "4", "tests.threads.served:threaded"),
}


class Served:
    """A server in a process of its own."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
        )
        self.timer = threading.Timer(60.0, self.process.kill)
        self.timer.start()
        self.said: list[str] = []
        self.address = self.listening()

    def listening(self) -> str:
        """Wait until it listens, and return its address."""
        for line in self.process.stdout or ():
            self.said.append(line)
            if found := re.search(r"Listening at: (http://[\d.:]+)", line):
                return found[1]
        raise AssertionError("".join(self.said))

    def end(self) -> tuple[int, str]:
        """Send SIGTERM; return the exit code and all that it said."""
        self.process.send_signal(signal.SIGTERM)
        rest, _ = self.process.communicate(timeout=60.0)
        return self.process.returncode, "".join(self.said) + rest

    def close(self) -> None:
        """Leave nothing behind, whatever became of it."""
        self.timer.cancel()
        self.process.kill()
        self.process.communicate()


@pytest.fixture(params=list(SERVERS), scope="module")
def served(request: pytest.FixtureRequest) -> Generator[Served]:
    server = Served(SERVERS[request.param])
    yield server
    server.close()


@pytest.mark.sentence("T1", "T2", "T5", "A6")
def test_each_client_is_led_through_its_wizard_and_sigterm_ends_all_in_order(served: Served) -> None:
    address = served.address
    names = [f"client{number}" for number in range(4)]
    with ThreadPoolExecutor(len(names)) as clients:
        pages = list(clients.map(partial(onboard, address), names))
    assert pages == [{"user": name, "plan": "pro"} for name in names]
    _, page = post(address, "/start")
    submit = partial(post, address, "/answer", session=page["session"], token=page["token"])
    with ThreadPoolExecutor(4) as clients:
        submitted = [clients.submit(submit, answer=name) for name in "abcd"]
        assert sorted(each.result()[0] for each in submitted) == [200, 409, 409, 409]
    post(address, "/start")  # this run is left at its first question, the one before at its second
    code, said = served.end()
    assert (code, said.count("left\n")) == (0, len(names) + 2), said
    assert "Traceback" not in said
