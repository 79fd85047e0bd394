import json
import os
from pathlib import Path
from uuid import UUID

import pytest

from actors.testing import answering
from examples.onboarding import AskEmail, AskPlan, Mode, Plan, User, UserOnboarded, onboarding, stack

ADA = User(UUID(int=1), "t1", "Ada", "ada@example.org", Plan.PRO)


def test_the_wizard_creates_the_user_it_asked_about() -> None:
    with stack(Mode.TEST, "t1") as effects, answering("Ada", "ada@example.org", Plan.PRO):
        assert onboarding() == ADA
    assert effects.users == [ADA]
    assert effects.emitted == [UserOnboarded(ADA.id)]


def test_an_address_without_an_at_and_an_unknown_plan_are_asked_for_again() -> None:
    answers = ("Ada", "nonsense", "ada@example.org", "gold", "pro")
    with stack(Mode.TEST, "t1"), answering(*answers) as asked:
        assert onboarding() == ADA
    assert asked[1:] == [AskEmail(), AskEmail(), AskPlan(), AskPlan()]


def test_in_production_the_user_is_a_line_of_the_tenants_file_and_one_is_told_which_and_of_the_event(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with stack(Mode.PRODUCTION, "t2", tmp_path), answering("Ada", "ada@example.org", "pro"):
        user = onboarding()
    file = tmp_path / f"users-of-t2-{os.getuid()}.jsonl"
    stored = json.loads(file.read_text(encoding="utf-8"))
    assert stored == {"id": str(user.id), "tenant": "t2", "name": "Ada", "email": "ada@example.org", "plan": "pro"}
    assert capsys.readouterr().out == f"stored in {file}\n{UserOnboarded(user.id)}\n"
