"""The soak notices what is lost; that nothing is, `make soak` shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak.__main__ import shortfall

ROOT = Path(__file__).parents[2]
SEED = int(os.environ.get("SOAK_SEED", "0")) or int.from_bytes(os.urandom(3))


def soak(*arguments: str) -> tuple[int, str]:
    """Soak in a process of its own: its exit code and what it printed."""
    command = [sys.executable, "-m", "tests.soak", "--seed", str(SEED), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, cwd=ROOT, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.sentence("T2", "A3", "R16")
def test_over_four_threads_nothing_is_lost_doubled_or_left_over() -> None:
    code, output = soak("--rounds", "150")
    assert code == 0, output
    assert "MISSING" not in output
    assert int(re.findall(r"([\d,]+) messages", output)[0].replace(",", "")) > 10_000


def test_a_full_soak_that_did_too_little_is_one_that_failed() -> None:
    assert shortfall(600.0, 10_000_000, 1_000_000) == []
    assert shortfall(60.0, 1, 1) == []
    assert shortfall(600.0, 10_000_000, 927_000) == ["73,000 of 1,000,000 runs"]
    assert shortfall(900.0, 9_999_999, 2_000_000) == ["1 of 10,000,000 messages"]


def test_control_a_lost_call_between_threads_is_noticed() -> None:
    code, output = soak("--rounds", "60", "--seconds", "8", "--lose", "400", "--patience", "2")
    assert code == 1, output
    assert "MISSING" in output
    assert f"again: python -m tests.soak --seed {SEED}" in output
