"""Sites: names, origins and secrets, and what the guard lets their pages do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chatbot.access.sites import Site, SiteStore, origin_of
from chatbot.api.origins import LOOK_S, Origins
from chatbot.cli import app
from chatbot.errors import InputError, NotFoundError
from chatbot.storage.database import Database


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SiteStore]:
    database = Database.open(tmp_path / "s.db")
    yield SiteStore(database)
    database.close()


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Shop.Example", "https://shop.example"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_origins_are_written_as_browsers_do(text: str, origin: str) -> None:
    assert origin_of(text) == origin


@pytest.mark.parametrize(
    "text",
    ["*", "null", "", "shop.example", "https://*.example", "https://a.example/path", "ftp://a",
     "https://user@a.example", "https://a.example:99999", "javascript:alert(1)", "https://a b"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        origin_of(text)


def test_a_site_is_kept_changed_and_deleted(store: SiteStore) -> None:
    made = store.create("shop", ["https://shop.example"], "goods", {"greeting": "hi"})
    assert store.get("shop") == made
    assert made.secret not in repr(made)
    changed = store.change("shop", options={"colour": "#123", "greeting": ""}, renew=True)
    assert changed.options == {"colour": "#123"}
    assert changed.origins == made.origins
    assert changed.secret != made.secret
    store.delete("shop")
    with pytest.raises(NotFoundError):
        store.get("shop")


@pytest.mark.parametrize("name", ["", "-x", "Shop", "a b", "x" * 41, "a:b"])
def test_names_are_plain(store: SiteStore, name: str) -> None:
    with pytest.raises(InputError):
        store.create(name, [], "films")


def test_a_new_site_is_allowed_within_seconds(store: SiteStore) -> None:
    now = [0.0]
    origins = Origins("https://always.example", store, clock=lambda: now[0])
    assert origins.allows("https://always.example")
    assert not origins.allows("https://shop.example")
    store.create("shop", ["https://shop.example"], "films")
    now[0] += LOOK_S
    assert origins.allows("https://shop.example")
    assert not origins.allows("https://shop.example.evil.example")
    assert not origins.allows("null")
    assert isinstance(origins.site("shop", "https://shop.example"), Site)
    assert origins.site("shop", "https://other.example") is None


def test_the_command_line(tmp_path: Path) -> None:
    def run(*words: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, ["sites", *words, "--data-dir", str(tmp_path)])
        return done.exit_code, done.stdout, done.stderr

    code, secret, told = run("create", "shop", "--origin", "https://shop.example")
    assert code == 0
    assert len(secret.strip()) >= 32
    assert "https://shop.example" in told
    code, listed, _ = run("list", "--json")
    assert '"shop"' in listed
    assert secret.strip() not in listed
    assert run("create", "other", "--catalogue", "nowhere")[0] != 0
    code, renewed, _ = run("change", "shop", "--new-secret", "--set", "title=Ask us")
    assert code == 0
    assert renewed.strip() not in ("", secret.strip())
    assert run("delete", "shop")[0] == 0
    assert run("list")[1] == ""
