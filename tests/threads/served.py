"""What the tests of web servers have served, in a process of its own: wizards that tell when their scopes are left.

`python -m tests.threads.served` serves with gevent's pywsgi; gunicorn is given `tests.threads.served:green` or `:threaded`.
"""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import gevent
from gevent import pywsgi

from actors.effects import clock
from examples.onboarding import Mode, stack
from examples.web_threads import Wizards


@contextmanager
def telling() -> Generator[None]:
    """Say so when the run is over, after a wait."""
    try:
        with stack(Mode.TEST):
            yield
    finally:
        clock.sleep(0.001)
        print("left", flush=True)  # noqa: T201  a program


def main() -> None:
    """Serve until SIGTERM."""
    server: Any = pywsgi.WSGIServer(("127.0.0.1", 0), green, log=None)
    server.start()
    print(f"Listening at: http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201  as above
    cast(Any, gevent).signal_handler(signal.SIGTERM, server.stop)
    server.serve_forever()


green = Wizards(telling, lambda: None)
threaded = Wizards(telling)

if __name__ == "__main__":
    main()
