"""A bakery: one application with all of it, from nested supervisors to a web server.

    bakery          rest for one: what comes later needs what comes before
    ├── kitchen     rest for one: without its pantry the oven begins anew
    │   ├── pantry
    │   └── oven
    ├── orders      dynamic: a computation for each order, which asks its customer
    ├── clerk       the owner of these computations
    ├── radio       if it is wanted: does not let itself be turned off
    └── web

$ python -m examples.bakery --port 8000
$ curl 'localhost:8000/bake?loaves=2'         baked 2, flour left: 8
$ curl 'localhost:8000/order?who=Ada'         1: Which filling?
$ curl 'localhost:8000/answer?order=1&filling=plum'
$ curl 'localhost:8000/break?who=pantry'      crashes it; the kitchen begins anew

Ctrl-C or SIGTERM stop it in order. Under gunicorn: examples/bakery_gunicorn.py.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import gevent
from gevent.pywsgi import WSGIServer

from actors import AsyncComputation, ComputationEvent, Question, Suspend, Throw, ask, current, receive, send, spawn
from actors.outcomes import Restarted
from actors.runtime import ExitReason, whereis
from actors.server import Call, NoReply, Request, Server, ServerExitedError, call, reply
from supervisors import Application, ChildSpec, DynamicSupervisor, Strategy, Supervisor


@dataclass(frozen=True)
class Config:
    """What can be chosen."""

    port: int = 0
    flour: int = 10
    radio: bool = False
    stop_timeout: float = 10.0


# -- the kitchen


class Take(Request[int]):
    """Take flour; the reply is what is left."""

    bags: int


class Bake(Request[str]):
    """Bake loaves."""

    loaves: int


class Worker(Server):
    """What all who work here have in common: they crash when they are told to, and say so when they leave."""

    def handle_info(self, message: object) -> None:
        """Crash."""
        raise RuntimeError(message)

    def terminate(self, reason: ExitReason) -> None:
        """Say so."""
        print(f"{type(self).__name__.lower()} closed", flush=True)


class Pantry(Worker):
    """Keeps the flour."""

    def __init__(self, bags: int) -> None:
        """Begin with some."""
        self.bags = bags

    def handle_call(self, request: Take, call: Call) -> int:
        """Hand some out."""
        self.bags -= request.bags
        return self.bags


def flour_after(loaves: int) -> int:
    """Take flour from the pantry, and return how much is left."""
    return call("pantry", Take(loaves))


class Oven(Worker):
    """Bakes, with flour from the pantry."""

    def handle_call(self, request: Bake, call: Call) -> str:
        """Bake."""
        return f"baked {request.loaves}, flour left: {flour_after(request.loaves)}"


def kitchen(config: Config) -> Supervisor:
    """Start the kitchen."""
    pantry = ChildSpec("pantry", lambda: Server.start(Pantry, config.flour, name="pantry"))
    oven = ChildSpec("oven", lambda: Server.start(Oven, name="oven"))
    return Supervisor.start([pantry, oven], strategy=Strategy.REST_FOR_ONE)


# -- orders


class Filling(Question[str]):
    """Ask the customer."""

    prompt: str = "Which filling?"


def cake(who: str) -> str:
    """Make a cake, as its customer wants it; a computation."""
    filling = ask(Filling())
    if filling == "smoke":
        raise RuntimeError("the cake is burnt")
    return f"{filling} cake for {who}: {call('oven', Bake(1))}"


class Order(Request[str]):
    """Order a cake; the reply is a question."""

    who: str


class Answer(Request[str]):
    """Answer that question; the reply is the cake, or another question."""

    order: int
    filling: str


@dataclass
class Open:
    """An order: the question that is open, and the customer who waits."""

    customer: Call | None
    question: Suspend | None = None
    news: list[str] = field(default_factory=list[str])


class Clerk(Worker):
    """Owns the computations, and talks with their customers."""

    def __init__(self) -> None:
        """Begin without orders."""
        self.orders: dict[int, Open] = {}

    def handle_call(self, request: Order | Answer, call: Call) -> str | NoReply:
        """Start a computation or answer its question; the reply is what comes of it."""
        match request:
            case Order(who):
                number = len(self.orders) + 1
                self.orders[number] = Open(call)
                spec = AsyncComputation.child(cake, who, id=f"order {number}", tag=number, owner=current())
                DynamicSupervisor("orders").start_child(spec)
            case Answer(number, filling):
                order = self.orders.get(number)
                if order is None or order.question is None:
                    return "there is no such question"
                order.customer, question, order.question = call, order.question, None
                question.resume(filling)
        return NoReply()

    def handle_info(self, message: object) -> None:
        """Hear of the computations."""
        if not isinstance(message, ComputationEvent):
            super().handle_info(message)
            return
        assert isinstance(message.tag, int)
        order = self.orders[message.tag]
        match message.outcome:
            case Suspend(question) as suspend:
                order.question = suspend
                self.tell(order, f"{message.tag}: {question.prompt}")
            case Restarted(error, attempt):
                order.news.append(f"{error}, attempt {attempt}. ")
            case Throw(error):
                self.tell(order, f"there will be no cake: {error}")
            case outcome:
                self.tell(order, str(getattr(outcome, "value", outcome)))

    def tell(self, order: Open, text: str) -> None:
        """Tell the customer, who may have gone."""
        if order.customer is not None:
            reply(order.customer, "".join([*order.news, text]))
        order.customer = None
        order.news.clear()


# -- the web


def site(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Answer one request, in whatever greenlet the web server has for it."""
    query = dict(parse_qsl(environ["QUERY_STRING"]))
    status, text = "200 OK", ""
    try:
        text = PAGES[environ["PATH_INFO"]](query)
    except KeyError as error:
        status, text = "404 Not Found", f"there is no {error}"
    except ServerExitedError:
        status, text = "503 Service Unavailable", "please try again"
    start_response(status, [("Content-Type", "text/plain")])
    return [text.encode(), b"\n"]


def crash(query: dict[str, str]) -> str:
    """Have somebody crash."""
    ref = whereis(query["who"])
    if ref is not None:
        send(ref, "told to crash")
    return "done"


PAGES: dict[str, Callable[[dict[str, str]], str]] = {
    "/bake": lambda query: call("oven", Bake(int(query["loaves"]))),
    "/order": lambda query: call("clerk", Order(query["who"])),
    "/answer": lambda query: call("clerk", Answer(int(query["order"]), query["filling"])),
    "/break": crash,
}


class Web(Worker):
    """Serves the site; it does not start where the port is taken."""

    def __init__(self, port: int) -> None:
        """Listen."""
        self.server = WSGIServer(("127.0.0.1", port), site, log=None)
        self.server.start()
        print(f"listening on http://127.0.0.1:{self.server.server_port}", flush=True)

    def terminate(self, reason: ExitReason) -> None:
        """Let the requests that came be answered, but take no more."""
        self.server.stop(timeout=1.0)
        super().terminate(reason)


# -- the application


def radio() -> None:
    """Play on, whoever turns it off."""
    try:
        receive()
    finally:
        gevent.sleep(1000.0)


def without_web(config: Config) -> list[ChildSpec[Any]]:
    """Return what the application consists of, but for its web server."""
    specs: list[ChildSpec[Any]] = [
        ChildSpec("kitchen", partial(kitchen, config)),
        ChildSpec("orders", partial(DynamicSupervisor.start, name="orders")),
        ChildSpec("clerk", partial(Server.start, Clerk, name="clerk")),
    ]
    if config.radio:
        specs.append(ChildSpec("radio", partial(spawn, radio), shutdown=None))
    return specs


def children(config: Config) -> list[ChildSpec[Any]]:
    """Return what the application consists of."""
    return [*without_web(config), ChildSpec("web", lambda: Server.start(Web, config.port))]


def bakery(config: Config, specs: Callable[[Config], list[ChildSpec[Any]]] = children) -> Application:
    """Make the application."""
    return Application(
        specs, name="bakery", config=config, strategy=Strategy.REST_FOR_ONE, stop_timeout=config.stop_timeout
    )


def main() -> int:
    """Read the command line and be the program."""
    parser = argparse.ArgumentParser(description="A bakery.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--flour", type=int, default=10)
    parser.add_argument("--radio", action="store_true")
    parser.add_argument("--stop-timeout", type=float, default=10.0)
    return bakery(Config(**vars(parser.parse_args()))).run()


if __name__ == "__main__":
    sys.exit(main())
