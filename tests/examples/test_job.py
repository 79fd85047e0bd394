import pytest

from actors import handling
from actors.effects import Progress, clock
from actors.testing import answering
from examples.job import SECONDS_A_PAGE, convert


def test_the_job_tells_how_far_it_is() -> None:
    with clock.manual() as time, answering() as asked:
        assert convert(3) == "3 pages in 0.3 seconds"
    pages = [Progress(page, 3, f"page {page}") for page in (1, 2, 3)]
    assert asked.notified == ["workspace opened", *pages, "workspace removed"]
    assert time.slept == [SECONDS_A_PAGE] * 3


def test_the_job_tidies_up_when_a_page_fails() -> None:
    def fail(_: clock.Sleep) -> None:
        raise OSError("the disk is full")

    with answering() as asked, handling(clock.Sleep, fail), pytest.raises(OSError, match="disk"):
        convert(3)
    assert asked.notified == ["workspace opened", "workspace removed"]
