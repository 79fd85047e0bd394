"""Encryption: no value is on the disk as it is, and a wrong key is an error where it is given."""

import hmac
from collections.abc import Generator
from hashlib import sha256, shake_256
from pathlib import Path
from typing import Any

import pytest

from actors import Completed, Prompt, Suspend, Throw, ask
from actors.codec import Codec, DecodeError, stored
from actors.durable import DurableRuns, MemoryStore, SqliteStore, Store
from actors.effects import operation
from actors.testing import settle
from tests.durable.runs.world import World

SECRET = "four words nobody guesses"


def keyed(key: bytes) -> Codec:
    """Not a cipher to use: it only keeps a text from being seen, and notices another key."""

    def mixed(data: bytes) -> bytes:
        return bytes(a ^ b for a, b in zip(data, shake_256(key).digest(len(data)), strict=True))

    def encrypt(data: bytes) -> bytes:
        return hmac.digest(key, data, sha256) + mixed(data)

    def decrypt(data: bytes) -> bytes:
        opened = mixed(data[32:])
        if not hmac.compare_digest(hmac.digest(key, opened, sha256), data[:32]):
            raise ValueError("the signature is not that of this key")
        return opened

    return Codec(encrypt, decrypt)


@stored("tests.sealed.Refused")
class Refused(Exception):
    pass


@operation
def told(what: str) -> str:
    return what


def secretive(argument: str) -> str:
    told(argument)
    answer = ask(Prompt(f"question {SECRET}"))
    if answer == "raise":
        raise Refused(SECRET)
    return told(f"{argument} {answer}") + ask(Prompt("more"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@pytest.fixture
def store(path: Path) -> Generator[SqliteStore]:
    with SqliteStore(path) as store:
        yield store


def lived(world: World, store: Store, codec: Codec | None) -> DurableRuns:
    """Have one run wait, one end by an error and one complete, each after a cold resume."""
    runs = world.open(store, [secretive], codec=codec)
    for id_, answers in (("waits", [SECRET]), ("throws", ["raise"]), ("ends", [SECRET, SECRET])):
        runs.start(secretive, SECRET, id=id_)
        for answer in answers:
            assert isinstance(runs.wait(id_, 5), Suspend)
            settle()
            runs.passivate(id_)
            settle()
            runs.resume(id_, answer)
        runs.wait(id_, 5)
    return runs


def on_disk(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob("runs.db*"))


@pytest.mark.parametrize("codec", [keyed(b"key"), None], ids=["sealed", "control"])
def test_no_value_is_on_the_disk_as_it_is(world: World, store: SqliteStore, path: Path, codec: Codec | None) -> None:
    runs = lived(world, store, codec)
    outcome: Any = runs.wait("throws", 5)
    assert isinstance(outcome, Throw)
    assert runs.wait("ends", 5) == Completed(f"{SECRET} {SECRET}{SECRET}")
    assert runs.get("waits").question == Prompt("more")  # type: ignore[union-attr]
    runs.store.post("waits", "m", runs.store.get("waits").args)  # type: ignore[union-attr]  # something secret
    assert (SECRET.encode() in on_disk(path)) is (codec is None)
    assert store.verify() == []


def test_the_next_process_goes_on_with_the_same_key(world: World, store: SqliteStore) -> None:
    lived(world, store, keyed(b"key")).close()
    runs = world.open(store, [secretive], codec=keyed(b"key"))
    assert runs.check() == []
    runs.resume("waits", "!")
    assert runs.wait("waits", 5) == Completed(f"{SECRET} {SECRET}!")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (keyed(b"key"), keyed(b"another"), "cannot decrypt .* the signature is not that of this key"),
        (keyed(b"key"), None, "is encrypted; give the codec"),
        (None, keyed(b"key"), "were not encrypted"),
    ],
    ids=["another key", "no key", "never sealed"],
)
def test_a_wrong_key_is_an_error_where_it_is_given_and_spoils_nothing(
    world: World, before: Codec | None, after: Codec | None, words: str
) -> None:
    store = MemoryStore()
    lived(world, store, before).close()
    rows = store.list()
    with pytest.raises(DecodeError, match=words):
        DurableRuns(store, [secretive], codec=after)
    assert store.list() == rows
    assert len(world.open(store, [secretive], codec=before).list()) == 3
