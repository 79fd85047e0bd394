"""An application as a program of its own, and the signals that it takes."""

import re
import signal

import pytest

from tests.supervisors.programs import program

pytestmark = pytest.mark.sentence("S14")

both = pytest.mark.parametrize("patched", [False, True], ids=["unpatched", "patched"])

STOPS = "greenlet-actors: application 'shop' stops in order within {} s, because of {}; once more kills what is left\n"
NOT_STARTED = "greenlet-actors: application 'shop' did not start: "
KILLED = "greenlet-actors: application 'shop' stopped; killed, because they did not leave in time: "
FORCED = r"greenlet-actors: application 'shop' stopped; killed at the second signal, ([\d.]+) s after the first: "


def without_log(errors: str) -> str:
    """The lines that the application itself wrote."""
    return "".join(line for line in errors.splitlines(keepends=True) if line.startswith("greenlet-actors:"))


@both
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_stops_the_tree_in_order_and_leaves_nothing(patched: bool, number: signal.Signals) -> None:
    source = """
        before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        tree = [child("first"), nested("second", child("a"), child("b")), child("third")]
        code = Application(tree, name="shop").run()
        after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        say("code", code, before == after, statistics().actors, signal.set_wakeup_fd(-1))
        sys.exit(code)
    """
    with program(source, patched) as shop:
        shop.until("started third")
        shop.signal(number)
        code, lines, errors = shop.end()
    assert lines == ["left third", "left b", "left a", "left first", "code 0 True 0 -1"]
    assert (code, errors) == (0, STOPS.format(30.0, number.name))


def test_it_works_in_a_program_that_is_patched_after_the_import() -> None:
    source = """
        from gevent import monkey
        monkey.patch_all()
        sys.exit(Application([child("only")], name="shop").run())
    """
    with program(source) as shop:
        shop.until("started only")
        shop.signal(signal.SIGTERM)
        assert shop.end() == (0, ["left only"], STOPS.format(30.0, "SIGTERM"))


def test_who_is_still_there_when_the_time_is_over_is_killed_and_named() -> None:
    source = """
        inner = nested("storage", child("db"), child("deaf", deaf, shutdown=None), child("cache"))
        tree = [child("first"), inner, child("late", deaf, shutdown=0.01)]
        sys.exit(Application(tree, name="shop", stop_timeout=0.1).run())
    """
    with program(source) as shop:
        shop.until("started late")
        shop.signal(signal.SIGTERM)
        code, lines, errors = shop.end()
    assert (code, without_log(errors)) == (3, STOPS.format(0.1, "SIGTERM") + KILLED + "late, storage > deaf\n")
    assert errors.count("shutdown overrun") == 2
    assert lines == ["left cache", "left db", "left first"]


def test_a_second_signal_kills_what_is_left() -> None:
    source = """
        tree = [child("first", deaf), nested("storage", child("deaf", deaf, shutdown=None))]
        sys.exit(Application(tree, name="shop").run())
    """
    with program(source) as shop:
        shop.until("started deaf")
        shop.signal(signal.SIGINT)
        assert shop.complaint() + "\n" == STOPS.format(30.0, "SIGINT")
        shop.signal(signal.SIGINT)
        code, _, errors = shop.end()
    said = re.fullmatch(FORCED + r"storage > deaf, first\n", without_log(errors))
    assert code == 3
    assert said is not None, errors
    assert float(said[1]) < 30.0
    assert set(re.findall(r"shutdown overrun.*seconds=(\S+)", errors)).isdisjoint({"5.0", "30.0", "None"})


def test_who_was_late_before_the_second_signal_is_named_apart_and_the_inspection_is_not() -> None:
    source = """
        import pathlib, tempfile
        tree = [child("first", deaf, shutdown=None), child("late", deaf, shutdown=0.01)]
        path = pathlib.Path(tempfile.mkdtemp()) / "inspect"
        from actors import telemetry
        telemetry.subscribe(lambda event, data: say("overrun", data["child"]) if event == "shutdown overrun" else None)
        sys.exit(Application(tree, name="shop", inspect=path).run())
    """
    with program(source) as shop:
        shop.until("started late")
        shop.signal(signal.SIGINT)
        shop.until("overrun late")
        shop.signal(signal.SIGINT)
        code, _, errors = shop.end()
    said = without_log(errors).splitlines()[-1] + "\n"
    forced = FORCED.removeprefix("greenlet-actors: application 'shop' stopped; ")
    assert (code, re.fullmatch(re.escape(KILLED) + "late; " + forced + "first\n", said) is not None) == (3, True), errors


@pytest.mark.parametrize("tree", ["child('first'), flaky", "child('first'), nested('inner', flaky)", "flaky"])
def test_a_signal_while_a_restart_waits_stops_all_and_does_not_wait_for_it(tree: str) -> None:
    source = f"""
        from actors import telemetry
        from supervisors import Backoff
        def fails(name):
            raise ConnectionRefusedError(111, name)
        telemetry.subscribe(lambda event, data: say(event) if event == "child crashed" else None)
        flaky = child("flaky", fails, backoff=Backoff(1000.0, most=1000.0))
        sys.exit(Application([{tree}], name="shop").run())
    """
    with program(source) as shop:
        shop.until("child crashed")
        shop.signal(signal.SIGTERM)
        code, lines, errors = shop.end()
    assert (code, without_log(errors)) == (0, STOPS.format(30.0, "SIGTERM"))
    assert lines == (["left first"] if "first" in tree else [])


def test_a_third_signal_ends_a_program_whose_thread_is_held() -> None:
    source = """
        def busy(name):
            handler = signal.getsignal(signal.SIGTERM)
            signal.signal(signal.SIGTERM, lambda *args: (os.write(1, b"noticed\\n"), handler(*args)))
            say("busy")
            while True: pass
        Application([child("busy", busy)], name="shop").run()
    """
    with program(source) as shop:
        shop.until("busy")
        for _ in range(3):
            shop.signal(signal.SIGTERM)
            shop.until("noticed")
        assert shop.end() == (143, [], "greenlet-actors: application 'shop' leaves at once\n")


def test_a_signal_during_the_start_ends_it_and_stops_what_has_started_in_order() -> None:
    source = """
        tree = [child("first"), nested("storage", child("db"), slow("slow")), child("never")]
        sys.exit(Application(tree, name="shop").run())
    """
    with program(source) as shop:
        shop.until("begun")
        shop.signal(signal.SIGTERM)
        assert shop.end() == (0, ["left db", "left first"], STOPS.format(30.0, "SIGTERM"))


def test_a_start_that_does_not_let_itself_be_ended_is_killed_with_the_tree_when_the_time_is_over() -> None:
    source = """
        def stubborn():
            say("begun")
            while True:
                try:
                    gevent.sleep(1000)
                except BaseException as error:
                    say(type(error).__name__)
                    if type(error).__name__ != "StartIsOver":
                        raise
        tree = [child("first"), ChildSpec("stubborn", stubborn)]
        code = Application(tree, name="shop", stop_timeout=0.05).run()
        say("code", code)
        os._exit(code)
    """
    with program(source) as shop:
        shop.until("begun")
        shop.signal(signal.SIGTERM)
        code, lines, errors = shop.end()
    assert (code, lines) == (3, ["started first", "StartIsOver", "left first", "ActorExit", "code 3"])
    assert errors.endswith(KILLED + "the whole tree\n")


def test_a_supervisor_that_is_restarting_a_slow_child_is_stopped_all_the_same() -> None:
    source = """
        def crashing(name):
            say("started", name)
            raise LookupError("on purpose")

        starts = []
        def start():
            starts.append(1)
            return spawn(crashing, "once") if len(starts) == 1 else Server.start(Slow, timeout=None)
        inner = nested("storage", child("db"), ChildSpec("once", start))
        sys.exit(Application([child("first"), inner], name="shop").run())
    """
    with program(source) as shop:
        shop.until("begun")
        shop.signal(signal.SIGTERM)
        code, lines, errors = shop.end()
    assert (code, lines) == (0, ["left db", "left first"])
    assert without_log(errors) == STOPS.format(30.0, "SIGTERM")


def test_a_signal_ends_the_start_of_the_tree_and_not_the_restart_of_one_that_runs_already() -> None:
    source = """
        def crashing():
            raise LookupError("on purpose")

        starts = []
        def start():
            starts.append(1)
            return spawn(crashing) if len(starts) == 1 else Server.start(Slow, timeout=None)
        tree = [child("first"), nested("storage", ChildSpec("once", start)), slow("slow")]
        sys.exit(Application(tree, name="shop", stop_timeout=2.0).run())
    """
    with program(source) as shop:
        shop.until("begun")
        shop.until("begun")
        shop.signal(signal.SIGTERM)
        code, lines, errors = shop.end()
    assert (code, lines) == (0, ["left first"])
    assert without_log(errors) == STOPS.format(2.0, "SIGTERM")


def test_a_failed_start_says_which_child_and_why_in_one_line() -> None:
    source = """
        tree = [child("first"), nested("storage", child("cache"), ChildSpec("db", broken))]
        sys.exit(Application(tree, name="shop").run())
    """
    with program(source) as shop:
        assert shop.end() == (
            1,
            ["started first", "left first"],
            NOT_STARTED + "child 'storage > db': ConnectionRefusedError: [Errno 111] nobody listens\n",
        )


def test_an_error_of_the_callable_that_makes_the_children_is_a_failed_start() -> None:
    source = "sys.exit(Application(lambda config: config['children'], name='shop', config={}).run())"
    with program(source) as shop:
        assert shop.end() == (1, [], NOT_STARTED + "KeyError: 'children'\n")


def test_the_traceback_of_a_failed_start_is_in_the_log_where_that_takes_debug() -> None:
    source = """
        import structlog
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stdout))
        Application([ChildSpec("db", broken)], name="shop").run()
    """
    with program(source) as shop:
        _, lines, errors = shop.end()
    assert "Traceback" not in errors
    assert any("did not start" in line for line in lines)
    assert any("in broken" in line for line in lines)


def test_a_root_that_gives_up_is_a_failure_and_says_why() -> None:
    source = """
        def crashing(name):
            raise LookupError("on purpose")
        tree = [child("first"), child("bad", crashing)]
        sys.exit(Application(tree, name="shop", intensity=Intensity(1, 60.0)).run())
    """
    with program(source) as shop:
        code, lines, errors = shop.end()
    assert (code, lines) == (1, ["started first", "left first"])
    assert "application 'shop' gave up: more than 1 restarts within 60.0 s; the last to fail was child 'bad'" in errors


def test_the_end_of_a_significant_child_is_an_orderly_end() -> None:
    source = """
        from supervisors import AutoShutdown, Restart
        job = child("job", say, restart=Restart.TRANSIENT, significant=True)
        sys.exit(Application([child("first"), job], auto_shutdown=AutoShutdown.ANY_SIGNIFICANT).run())
    """
    with program(source) as shop:
        code, lines, errors = shop.end()
    assert (code, errors) == (0, "")
    assert lines[-1] == "left first"


def test_sys_exit_in_a_child_stops_the_tree_in_order_and_keeps_its_code() -> None:
    source = """
        def leaving(name):
            gevent.sleep(0.001)
            sys.exit(7)
        Application([child("first"), child("last", leaving)], name="shop", intensity=Intensity(100)).run()
    """
    with program(source) as shop:
        code, lines, _ = shop.end()
    assert (code, lines) == (7, ["started first", "left first"])


def test_run_outside_the_main_thread_is_refused() -> None:
    source = """
        from threading import Thread
        def body():
            try:
                Application([child("first")]).run()
            except RuntimeError as error:
                say(error)
        thread = Thread(target=body)
        thread.start()
        thread.join()
    """
    with program(source) as shop:
        code, lines, errors = shop.end()
    assert (code, errors) == (0, "")
    assert lines == ["run() takes signals, which only the main thread can; elsewhere use start() and stop()"]
