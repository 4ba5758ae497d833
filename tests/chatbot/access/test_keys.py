"""API keys and signed visitors: what they open, and what they do not."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chatbot.access.keys import PREFIX, KeyStore
from chatbot.access.signed import LONGEST_S, SignatureError, Signed, sign, verify
from chatbot.access.sites import Site
from chatbot.cli import app
from chatbot.errors import InputError, NotFoundError
from chatbot.storage.database import Database


@pytest.fixture
def store(tmp_path: Path) -> Iterator[KeyStore]:
    database = Database.open(tmp_path / "s.db")
    yield KeyStore(database)
    database.close()


def test_a_key_is_found_by_its_text_and_kept_as_a_digest(store: KeyStore, tmp_path: Path) -> None:
    key, text = store.create("till", ["openai", "chat"], per_minute=5)
    assert text.startswith(PREFIX + key.id)
    assert store.find(text) == key
    assert key.scopes == ("chat", "openai")
    for wrong in ("", PREFIX, text[:-1], text + "x", text.upper(), PREFIX + "x" * 500):
        assert store.find(wrong) is None
    with sqlite3.connect(tmp_path / "s.db") as raw:
        kept = "".join(map(str, raw.execute("select * from api_keys").fetchone()))
    raw.close()
    assert text.rpartition("_")[2] not in kept
    assert text not in repr(key)


def test_a_revoked_or_expired_key_opens_nothing(
    store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    _key, text = store.create("till")
    assert store.revoke(text).revoked is not None
    assert store.find(text) is None
    _, short = store.create("guest", days=1)
    assert store.find(short) is not None
    tomorrow = time.time() + 86401
    monkeypatch.setattr(time, "time", lambda: tomorrow)
    assert store.find(short) is None
    with pytest.raises(NotFoundError):
        store.revoke("000000000000")


def test_a_quota_counts_turns_of_the_day(store: KeyStore) -> None:
    key, _ = store.create("till", per_day=2)
    assert [store.spend(key) for _ in range(3)] == [True, True, False]
    assert store.used_today(key.id) == 2
    free, _ = store.create("free")
    assert all(store.spend(free) for _ in range(5))


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"scopes": ["root"]}, {"scopes": []}, {"per_day": -1}, {"days": 0}]
)
def test_impossible_keys_are_refused(store: KeyStore, wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        store.create(**{"name": "x", **wrong})  # type: ignore[arg-type]


SITES = {"shop": Site("shop", (), "films", "s" * 43), "other": Site("other", (), "films", "t" * 43)}
NOW = 1_900_000_000.0


def test_a_signed_visitor_is_the_same_on_every_device() -> None:
    text = sign("shop", "s" * 43, "c42@example.com", int(NOW) + 60)
    assert verify(text, SITES.get, NOW) == Signed("shop", "c42@example.com")
    assert verify(text, SITES.get, NOW).user == "site:shop:c42@example.com"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (sign("shop", "wrong", "c42", int(NOW) + 60), "wrong"),
        (sign("other", "s" * 43, "c42", int(NOW) + 60), "wrong"),
        (sign("nowhere", "s" * 43, "c42", int(NOW) + 60), "wrong"),
        (sign("nowhere", "no site", "c42", int(NOW) + 60), "wrong"),
        (sign("shop", "s" * 43, "c42", int(NOW)), "expired"),
        (sign("shop", "s" * 43, "c42", int(NOW) + LONGEST_S + 1), "too long"),
        (sign("shop", "s" * 43, "c42", int(NOW) + 60).replace("c42", "c43"), "wrong"),
        (sign("shop", "s" * 43, "c42", int(NOW) + 60).replace(":19", ":20", 1), "wrong"),
        ("shop:c42:1:abc", "cannot be read"),
        ("", "cannot be read"),
        ("shop:c42\r\nx:1900000060:" + "0" * 64, "cannot be read"),
        ("shop:c42:" + "9" * 40 + ":" + "0" * 64, "cannot be read"),
    ],
)
def test_any_other_signature_is_refused(text: str, why: str) -> None:
    with pytest.raises(SignatureError, match=why):
        verify(text, SITES.get, NOW)


def test_the_command_line_shows_a_key_once(tmp_path: Path) -> None:
    def run(*words: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, ["keys", *words, "--data-dir", str(tmp_path)])
        return done.exit_code, done.stdout, done.stderr

    code, text, told = run("create", "the till", "--scope", "openai", "--per-day", "100")
    assert code == 0
    assert text.startswith(PREFIX)
    assert text.strip() not in told
    code, listed, _ = run("list")
    assert "the till" in listed
    assert "100/day" in listed
    assert text.strip() not in listed
    key_id = listed.split("\t")[0]
    assert run("revoke", key_id)[0] == 0
    assert "revoked" in run("list")[1]
    assert '"revoked": 1' in run("list", "--json")[1]
