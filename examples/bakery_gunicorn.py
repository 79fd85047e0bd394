"""The bakery under gunicorn: each worker has a tree of its own, started after the fork and stopped before it leaves.

$ gunicorn -c examples/bakery_gunicorn.py examples.bakery:site
"""

from __future__ import annotations

import os
import signal

from examples.bakery import Config, bakery, without_web

worker_class = "gevent"
bind = "127.0.0.1:8000"
graceful_timeout = 30  # more than the application's stop_timeout: then the master kills the worker

application = bakery(Config(stop_timeout=10.0), without_web)


def post_worker_init(worker: object) -> None:
    """Start the tree; should it give up, the worker leaves and the master starts another."""
    application.start(ended=lambda _: os.kill(os.getpid(), signal.SIGTERM))


def worker_exit(server: object, worker: object) -> None:
    """Stop it in order, once the last request was answered."""
    application.stop()
