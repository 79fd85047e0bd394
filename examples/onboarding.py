"""The onboarding wizard: three questions, then a user is stored and an event emitted.

$ actors run examples.onboarding:onboarding --handlers examples.onboarding:stack --store wizard.db

Killed between two questions and started again, it goes on with the next; `create_user` is not run twice.
"""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from actors import Op, Prompt, Question, ask, handling, operation, perform
from actors.codec import stored
from actors.effects import events, fresh, reader


@stored("onboarding.Plan")
class Plan(Enum):
    """What a user pays."""

    FREE = "free"
    PRO = "pro"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class Tenant:
    """On whose behalf the wizard runs."""

    id: str


@stored("onboarding.User")
@dataclass(frozen=True, slots=True)
class User:
    """Who has been onboarded."""

    id: UUID
    tenant: str
    name: str
    email: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class UserOnboarded:
    """A user has been onboarded."""

    user_id: UUID


class AskEmail(Question[str]):
    """Ask for an e-mail address."""

    prompt: str = "What's your e-mail?"

    def parse(self, answer: object) -> str:
        """Take only what looks like an address."""
        email = str(answer).strip()
        name, at, host = email.partition("@")
        if not (name and at and host):
            raise ValueError(f"{email!r} is not an e-mail address: it needs a name, an @ and a host")
        return email


class AskPlan(Question[Plan]):
    """Ask for a plan; the answer is one of the options, or its name."""

    prompt: str = "Choose a plan"
    options: tuple[Plan, ...] = tuple(Plan)


class Save(Op[None]):
    """Store a user; the handler stack says where."""

    user: User


@operation
def create_user(name: str, email: str, plan: Plan) -> User:
    """Store a new user of the tenant and return it."""
    user = User(fresh.uuid7(), reader.get(Tenant).id, name, email, plan)
    perform(Save(user))
    return user


def onboarding() -> User:
    """Ask who it is and what they want, and create the user."""
    name = ask(Prompt("name", "What's your name?"))
    email = ask(AskEmail())
    plan = ask(AskPlan())
    user = create_user(name, email, plan)
    events.emit(UserOnboarded(user.id))
    return user


class Mode(Enum):
    """What the effects of the wizard are: real, or kept in memory for a test to look at."""

    PRODUCTION = auto()
    TEST = auto()


@dataclass(frozen=True, slots=True)
class Effects:
    """What the wizard did to the world; filled in test mode."""

    users: list[User] = field(default_factory=list[User])
    emitted: list[object] = field(default_factory=list[object])


@contextmanager
def stack(mode: Mode = Mode.PRODUCTION, tenant_id: str = "example", folder: Path | None = None) -> Generator[Effects]:
    """Install everything the wizard needs; `folder` holds the users of production, by default that for temporary files."""
    effects = Effects()
    with reader.reading(Tenant(tenant_id), name=Tenant):
        match mode:
            case Mode.TEST:
                with (
                    fresh.numbered(),
                    handling(Save, lambda save: effects.users.append(save.user)),
                    events.publishing(effects.emitted.append),
                ):
                    yield effects
            case Mode.PRODUCTION:
                file = (folder or Path(tempfile.gettempdir())) / f"users-of-{tenant_id}-{os.getuid()}.jsonl"
                with handling(Save, partial(append_to, file)), events.publishing(print):
                    yield effects


def append_to(file: Path, save: Save) -> None:
    """Append a user to a file, as a line of JSON, and say which."""
    line: dict[str, Any] = dataclasses.asdict(save.user) | {"id": str(save.user.id), "plan": save.user.plan.value}
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line) + "\n")
    print(f"stored in {file}")
