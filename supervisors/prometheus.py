"""The supervisors and the runtime in numbers, for Prometheus. Needs the extra `prometheus`.

    metrics = Metrics()
    WSGIServer(("", 9100), metrics.app).serve_forever()

The counters begin when `Metrics` is made: make it before the tree is started. The gauges are of the thread that is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any, Final, cast

from gevent.monkey import get_original

from actors import telemetry
from actors.runtime import Statistics, statistics

try:
    import prometheus_client
    from prometheus_client.core import CollectorRegistry, CounterMetricFamily, GaugeMetricFamily, Metric
    from prometheus_client.registry import Collector
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] != "prometheus_client":
        raise
    raise ModuleNotFoundError(
        "supervisors.prometheus needs prometheus-client; install it: pip install 'greenlet-actors[prometheus]'",
        name=error.name,
    ) from error

make_wsgi_app: Callable[..., Any] = cast(Any, prometheus_client).make_wsgi_app
allocate_lock: Callable[[], Any] = get_original("_thread", "allocate_lock")

OTHERS: Final = "(others)"
"""The label of the children beyond the limit."""

COUNTED: Final = {
    "child started": ("starts", "children started for the first time, or by hand"),
    "child restarted": ("restarts", "children that were started afresh"),
    "restart failed": ("failed_restarts", "attempts to start a child afresh that failed"),
    "child crashed": ("crashes", "children that crashed or were killed by somebody"),
    "child ended": ("ends", "children that ended of their own accord, in order"),
    "child stopped": ("stops", "children that their supervisor stopped"),
    "shutdown overrun": ("shutdown_overruns", "children that did not leave in time and were killed"),
    "supervisor gave up": ("give_ups", "times that a supervisor gave up, by the child that failed last"),
}
GAUGES: Final = {
    "actors": "living actors",
    "ready": "actors in the queue of those that can run",
    "workers": "greenlets that run actors",
    "pool": "idle workers",
    "abandoned": "bodies that swallowed their kill",
    "timers": "actors that wait with a time limit",
}
TOTALS: Final = {
    "dead_letters": "messages that nobody could get, of the process",
    "drains": "rounds of the hub",
    "switches": "direct switches and messages",
}


class Metrics(Collector):
    """Counts what supervisors report, and serves that with the runtime's numbers.

    A supervisor's label is its place in the tree, the ids that lead to it from the root's children down, or `root`; roots
    of several trees are counted together. A child's label is its id.
    """

    def __init__(self, *, children: int = 1000, prefix: str = "actors") -> None:
        """Begin to count.

        Args:
            children: how many pairs of supervisor and child get labels of their own; the rest is `(others)`, so that
                ids without end, of connections for example, do not fill the memory of whoever reads this.
            prefix: what the names of all metrics begin with.

        Raises:
            ValueError: `children` is negative, or no whole number.
        """
        if type(children) is not int or children < 0:
            raise ValueError(f"children={children!r} is no number of labels; give a whole number from 0 up")
        self.children = children
        self.prefix = prefix
        self.registry = CollectorRegistry()
        self.registry.register(self)
        self.app: Callable[..., Any] = make_wsgi_app(self.registry)
        """The WSGI application that answers any path with all metrics as text."""
        self._lock = allocate_lock()  # supervisors of all threads are counted; held for a moment and over no switch
        self._counts: dict[str, dict[tuple[str, str], int]] = {event: {} for event in COUNTED}
        self._known: set[tuple[str, str]] = set()
        self._stop = telemetry.subscribe(self._count)

    def close(self) -> None:
        """Count no more."""
        self._stop()

    def collect(self) -> Iterator[Metric]:
        """Return all metrics; of the runtime's, those of the thread that asks."""
        with self._lock:
            counts = {event: dict(found) for event, found in self._counts.items()}
        for event, (name, text) in COUNTED.items():
            counter = CounterMetricFamily(f"{self.prefix}_child_{name}", text, labels=["supervisor", "child"])
            for labels, count in counts[event].items():
                counter.add_metric(list(labels), count)
            yield counter
        yield from self._runtime(statistics())

    def describe(self) -> Iterable[Metric]:
        """Return nothing: that is what a registry asks for to learn names, for which nothing is to be counted."""
        return ()

    def _runtime(self, numbers: Statistics) -> Iterator[Metric]:
        for field in fields(numbers):
            name, value = field.name, getattr(numbers, field.name)
            full = f"{self.prefix}_{'alive' if name == 'actors' else name}"
            if name in GAUGES:
                yield GaugeMetricFamily(full, GAUGES[name], value=value)
            elif name in TOTALS:
                yield CounterMetricFamily(full, TOTALS[name], value=value)

    def _count(self, event: str, data: Mapping[str, Any]) -> None:
        """Count an event of a supervisor."""
        counts = self._counts.get(event)
        if counts is None:
            return
        labels = place(data["path"]), str(data["child"])
        with self._lock:
            if labels not in self._known:
                if len(self._known) < self.children:
                    self._known.add(labels)
                else:
                    labels = OTHERS, OTHERS
            counts[labels] = counts.get(labels, 0) + 1


def place(path: tuple[object, ...]) -> str:
    """Return the label of a supervisor."""
    return "/".join(map(str, path)) or "root"
