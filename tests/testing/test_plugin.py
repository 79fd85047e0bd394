"""The plugin, in sessions of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

import actors.testing.leftovers
import actors.testing.losses  # noqa: F401  # pyright: ignore[reportUnusedImport]  a session inside this one forgets the modules that it imported itself

pytest_plugins = "pytester"

Run = Callable[..., pytest.RunResult]

IMPORTS = """
import gevent, pytest
from actors.runtime import Down, kill, link, monitor, give_way, receive, spawn, trap_exits
from actors.testing import settle

def boom(): raise ValueError("lost one")
"""


@pytest.fixture
def run(pytester: pytest.Pytester, request: pytest.FixtureRequest) -> Run:
    """Run a test file with the plugin, however this session itself came by it."""
    plugin = [] if request.config.pluginmanager.has_plugin("actors") else ["-p", "actors.testing.plugin"]

    def inside(text: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(IMPORTS + text)
        return pytester.runpytest_inprocess(*plugin, "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *options)

    return inside


def test_an_error_lost_in_a_greenlet_fails_the_test_as_an_error_of_its_teardown(run: Run) -> None:
    result = run("""
def test_one():
    gevent.spawn(boom)
    settle()
def test_two(): pass
""")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        ["*test_one*1 left behind or lost*", "*an error was lost in <Greenlet*boom*", "*ValueError: lost one*"]
    )


def test_an_error_of_a_greenlet_that_has_not_run_when_the_test_ends_is_noticed_in_that_test(run: Run) -> None:
    result = run("""
def test_one(): gevent.spawn(boom)
def test_two(): pass
""")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["ERROR *test_one*"])


def test_an_error_lost_in_a_callback_of_the_hub_fails_the_test(run: Run) -> None:
    result = run("def test_one(): gevent.get_hub().loop.run_callback(boom)")
    result.assert_outcomes(passed=1, errors=1)


def test_control_an_error_that_somebody_waits_for_is_not_lost(run: Run) -> None:
    result = run("""
def test_one():
    with pytest.raises(ValueError, match="lost one"):
        gevent.spawn(boom).get()
""")
    result.assert_outcomes(passed=1)


def test_control_a_killed_greenlet_lost_nothing(run: Run) -> None:
    result = run("""
def test_one():
    greenlet = gevent.spawn(gevent.sleep, 1000)
    settle()
    greenlet.kill()
""")
    result.assert_outcomes(passed=1)


def test_a_crash_that_nobody_watches_fails_the_test(run: Run) -> None:
    result = run("def test_one(): spawn(boom, link=False)")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*crashed and nobody watched it*", "*ValueError: lost one*"])


def test_an_error_of_a_greenlet_that_is_an_actor_is_told_once(run: Run) -> None:
    result = run("""
from actors.runtime import current
def body():
    current()
    boom()
def test_one(): gevent.spawn(body)
""")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*test_one: 1 left behind or lost*", "*ValueError: lost one*"])


def test_control_a_crash_that_somebody_watches_is_not_lost(run: Run) -> None:
    result = run("""
def test_monitored():
    spawn(boom, link=False, monitor=True)
    assert isinstance(receive(1), Down)
def test_trapped():
    trap_exits(True)
    spawn(boom)
    receive(1)
def test_linked():
    spawn(boom)
    settle()
""")
    result.assert_outcomes(passed=3)


def test_an_actor_left_over_fails_the_test_and_is_named_with_its_place_and_killed(run: Run) -> None:
    result = run("""
ended = []
def server():
    try: receive()
    finally: ended.append(1)
def test_one(): spawn(server, link=False)
def test_two(): assert ended == [1]
""")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*an actor is left over, and was killed now: <Actor server *, in server, *.py:*"])


def test_one_that_waits_in_the_library_is_named_with_what_was_spawned(run: Run) -> None:
    result = run("""
from actors.server import Server
from supervisors import Supervisor
class Clerk(Server):
    pass
def start_as_nobody(start):
    spawn(lambda: (start(), receive()), link=False)
    settle()
def test_receive(): spawn(receive, link=False)
def test_server(): start_as_nobody(lambda: Server.start(Clerk))
def test_supervisor(): start_as_nobody(lambda: Supervisor.start())
""")
    result.assert_outcomes(passed=3, errors=3)
    for line in (
        "*<Actor receive *, in actors.runtime.mailbox.receive, which was spawned",
        "*<Actor Clerk *, in test_*.Clerk, which was spawned",
        "*<Actor Supervising *, in supervisors.supervisor.Supervising, which was spawned",
    ):
        result.stdout.fnmatch_lines([line])


def test_an_actor_that_never_blocks_is_left_over_too(run: Run) -> None:
    result = run("""
def spin():
    while True: give_way()
def test_one(): spawn(spin, link=False)
def test_two(): pass
""")
    result.assert_outcomes(passed=2, errors=1)


def test_control_an_actor_that_ends_by_itself_when_it_gets_to_run_is_not_left_over(run: Run) -> None:
    result = run("""
def test_not_begun(): spawn(int, link=False)
def test_killed(): kill(spawn(receive, link=False))
""")
    result.assert_outcomes(passed=2)


def test_an_actor_left_by_the_teardown_of_a_fixture_is_noticed(run: Run) -> None:
    result = run("""
@pytest.fixture
def leaving():
    yield
    spawn(receive, link=False)
def test_one(leaving): pass
""")
    result.assert_outcomes(passed=1, errors=1)


def test_control_an_actor_that_the_teardown_of_a_fixture_ends_is_not_left_over(run: Run) -> None:
    result = run("""
@pytest.fixture
def server():
    ref = spawn(receive, link=False)
    yield ref
    kill(ref)
def test_one(server): settle()
""")
    result.assert_outcomes(passed=1)


WIDE = """
def child(): receive()
def parent():
    while True: spawn(receive()) and None
@pytest.fixture(scope="module")
def server():
    ref = spawn(parent, link=False)
    settle()
    yield ref
    %s
from actors.runtime import send
def test_one(server): send(server, child); settle(); assert server.alive
def test_two(server): assert server.alive
"""


def test_an_actor_of_a_wider_fixture_and_those_linked_to_it_may_stay_until_it_is_torn_down(run: Run) -> None:
    run(WIDE % "kill(ref)").assert_outcomes(passed=2)


def test_an_actor_that_a_wider_fixture_leaves_is_noticed_in_the_last_test(run: Run) -> None:
    result = run(WIDE % "pass")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["ERROR *test_two*"])


def test_what_reached_the_test_itself_does_not_reach_the_next_one(run: Run) -> None:
    result = run("""
from actors.runtime import current, send
def test_one():
    send(current(), "late")
    spawn(boom)
    settle()
def test_two():
    with pytest.raises(TimeoutError): receive(0)
""")
    result.assert_outcomes(passed=2)


def test_the_marker_lets_a_test_leave_actors_and_they_are_killed_all_the_same(run: Run) -> None:
    result = run(
        """
@pytest.mark.leaves_actors("it shows that")
def test_one(): spawn(receive, link=False); gevent.spawn(boom); spawn(boom, link=False)
def test_two(): pass
""",
        "--strict-markers",
    )
    result.assert_outcomes(passed=2)


def test_the_marker_needs_a_reason(run: Run) -> None:
    result = run("""
@pytest.mark.leaves_actors
def test_one(): pass
""")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*say why*"])


def test_what_is_left_is_told_also_when_the_teardown_itself_fails(run: Run) -> None:
    result = run("""
@pytest.fixture
def failing():
    yield
    raise OSError("first")
def test_one(failing): spawn(receive, link=False)
""")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*OSError: first*", "*an actor is left over*"])


def test_what_a_session_inside_this_one_loses_is_not_held_against_this_one(run: Run) -> None:
    run("def test_one(): gevent.spawn(boom)").assert_outcomes(passed=1, errors=1)


def test_loading_the_plugin_loads_no_other_module_of_this_package(pytester: pytest.Pytester) -> None:
    root = Path(actors.testing.leftovers.__file__).parents[2]
    script = pytester.makepyfile(
        probe=f"import sys\nsys.path.insert(0, {str(root)!r})\nimport actors.testing.plugin\n"
        "print([name for name in sys.modules if name.startswith('actors.testing.')])"
    )
    pytester.runpython(script).stdout.fnmatch_lines_random(["?'actors.testing.plugin'?"])
