"""Help pages to be read: where citations lead, what is shown there, and to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.testclient import TestClient

from chatbot import Assistant
from chatbot.access.sites import SiteStore
from chatbot.api.app import create_app
from chatbot.api.helppage import accent
from chatbot.api.routes.help import POLICY
from chatbot.engines import Engines
from chatbot.knowledge import Document, Section
from chatbot.knowledge.pages import ON_A_PAGE
from chatbot.knowledge.store import KnowledgeStore
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from chatbot.storage.sessions import StoredSessions
from retrieval.schema import Schema

EVIL = "<script>alert(1)</script>\" onload='x"
MINE = {"authorization": "Bearer " + "m" * 40}


class Ids(HTMLParser):
    """Ids, links and elements that a browser would run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.risky: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "a":
            self.links.append(str(given.get("href")))
        if tag in ("script", "style", "iframe", "form") or any(
            n.startswith("on") or n == "style" or "javascript:" in (v or "") for n, v in attrs
        ):
            self.risky.append(tag)


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """A server of help pages alone, in both languages; one page has an address of its own."""
    folder = tmp_path_factory.mktemp("help")
    settings = Settings.read({}, data_dir=folder, llm="none", embedder="hash", catalogue="films")
    database = Database.open(settings.database_where)
    CatalogueStore(database).save("films", Schema({}), ())
    store = KnowledgeStore(database)
    store.put("films", Document("help/returning.md", "Returning a disc", "en", sections=(
        Section(("Returns",), "Send every disc back within 30 days.", "returns"),
        Section(("Returns", "How do I pack a disc?"),
                "Use the paper box.\n- no tape\n- no staples\nSee https://post.example/box.",
                "pack", kind="answer"),
        Section(("Returns",), "A second text under the same heading. " + EVIL, "returns"),
    )))  # fmt: skip
    store.put("films", Document("help/returning.zh.md", "退还光盘", "zh", sections=(
        Section(("怎么退还光盘？",), "三十天内寄回光盘。", "退还", kind="answer"),
    )))  # fmt: skip
    store.put("films", Document("pay.md", "Paying", "en", "https://shop.example/pay", sections=(
        Section(("How can I pay for my order?",), "By card or by invoice.", "pay", kind="answer"),
    )))  # fmt: skip
    opened = Engines(settings, database)
    yield opened
    opened.close()
    database.close()


@pytest.fixture
def pages(engines: Engines) -> KnowledgeStore:
    return KnowledgeStore(engines.database)


def assistant_with(engines: Engines, **settings: Any) -> Assistant:
    return Assistant(engines.settings.but(**settings), StoredSessions(engines.database), engines)


@pytest.fixture
def client(engines: Engines, pages: KnowledgeStore) -> Iterator[TestClient]:
    made = assistant_with(engines)
    with TestClient(create_app(made, page=False)) as opened:
        yield opened
    assert made.desk is not None
    made.desk.close()


def ask(client: TestClient, text: str) -> list[Any]:
    of = client.post("/v1/sessions", json={"channel": "support"}, headers=MINE).json()["id"]
    answer = client.post(f"/v1/sessions/{of}/turns", json={"text": text}, headers=MINE)
    found: list[Any] = answer.json()["citations"]
    return found


@pytest.mark.parametrize(
    ("question", "where", "quoted"),
    [("How do I pack a disc?", "/help/films/help/returning.md#pack", "paper box"),
     ("怎么退还光盘？", "/help/films/help/returning.zh.md#%E9%80%80%E8%BF%98", "三十天内")],
)  # fmt: skip
def test_a_citation_leads_to_the_section_it_quotes(
    client: TestClient, question: str, where: str, quoted: str
) -> None:
    (cited,) = ask(client, question)
    assert cited["url"] == where
    path, _, anchor = where.partition("#")
    page = client.get(path)
    assert page.status_code == 200
    found = Ids(page.text)
    from urllib.parse import unquote

    assert unquote(anchor) in found.ids
    assert quoted in page.text


def test_a_page_with_an_address_of_its_own_is_cited_there(client: TestClient) -> None:
    (cited,) = ask(client, "How can I pay for my order?")
    assert cited["url"] == "https://shop.example/pay#pay"


def test_a_page_is_plain_escaped_and_strict(client: TestClient) -> None:
    answer = client.get("/help/films/help/returning.md")
    assert answer.headers["content-security-policy"] == POLICY
    assert "script-src" not in POLICY
    assert "unsafe" not in POLICY
    found = Ids(answer.text)
    assert found.risky == []
    assert "<script>alert" not in answer.text
    assert '<html lang="en">' in answer.text
    assert len(found.ids) == len(set(found.ids)) == 3  # the same heading twice, two anchors
    assert "<li>no tape</li><li>no staples</li>" in answer.text
    assert "https://post.example/box" in found.links  # the full stop is not part of it
    assert "/help/films/help/returning.zh.md" in found.links  # the other language
    other = client.get("/help/films/help/returning.zh.md").text
    assert '<html lang="zh-CN">' in other
    assert "全部帮助" in other
    again = client.get("/help/films/help/returning.md",
                       headers={"if-none-match": answer.headers["etag"]})  # fmt: skip
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/help.css").headers["content-type"].startswith("text/css")


def test_all_pages_are_listed_in_the_readers_language(client: TestClient) -> None:
    for path in ("/help/films", "/help/films/"):
        page = client.get(path).text
        assert "All help pages" in page
        assert "/help/films/help/returning.md" in Ids(page).links
    assert "全部帮助" in client.get("/help/films", headers={"accept-language": "zh-CN"}).text


def test_a_long_page_comes_in_parts_and_citations_know_which(
    client: TestClient, pages: KnowledgeStore
) -> None:
    sections = tuple(
        Section((f"What is rule {n}?",), f"Rule {n} says {n * 7}.", f"rule-{n}", kind="answer")
        for n in range(ON_A_PAGE + 5)
    )  # fmt: skip
    pages.put("films", Document("rules.csv", "Rules", "en", sections=sections))
    first = client.get("/help/films/rules.csv").text
    assert len(re.findall("<section", first)) == ON_A_PAGE
    assert "/help/films/rules.csv?part=2" in Ids(first).links
    second = client.get("/help/films/rules.csv?part=2").text
    assert f'id="rule-{ON_A_PAGE + 2}"' in second
    assert client.get("/help/films/rules.csv?part=3").status_code == 404
    from chatbot.knowledge.pages import addresses

    where = addresses("films", pages.passages("films"))
    assert f"/help/films/rules.csv?part=2#rule-{ON_A_PAGE + 2}" in where.values()


@pytest.mark.parametrize(
    "path",
    ["films/none.md", "nowhere", "nowhere/help/returning.md", "films/%2e%2e/films", "films/%00"],
)
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(f"/help/{path}").status_code == 404


def test_pages_can_be_kept_to_quotations(engines: Engines, pages: KnowledgeStore) -> None:
    page = "/help/films/help/returning.md"
    with TestClient(create_app(assistant_with(engines, help_pages=False), page=False)) as client:
        assert client.get(page).status_code == 404
        assert client.get("/help/films").status_code == 404
    keyed = create_app(assistant_with(engines, require_key=True), page=False)
    with TestClient(keyed) as client:
        assert client.get(page).status_code == 404
    sites = SiteStore(engines.database)
    sites.create(
        "shop", ["https://shop.example"], "films", {"title": "Film desk", "color": "#ffd500"}
    )
    try:
        with TestClient(
            create_app(assistant_with(engines, require_key=True), page=False)
        ) as client:
            shown = client.get(page).text  # a site shows this catalogue to everybody
            assert "Film desk" in shown
            assert "/help.css?site=shop" in shown
            assert "#ffd500" in client.get("/help.css?site=shop").text
        sites.change("shop", options={"help_pages": "no"})
        with TestClient(create_app(assistant_with(engines), page=False)) as client:
            assert client.get(page).status_code == 404
    finally:
        sites.delete("shop")


@pytest.mark.parametrize(
    "colour", ["red;}body{x:y", "url(//evil)", "#12", "", "red)", "expression(1)"]
)
def test_no_rule_can_be_put_in_with_a_colour(colour: str) -> None:
    assert accent(colour) == ""
    assert "hsl(120 40% 30%)" in accent("hsl(120 40% 30%)")


def test_programs_elsewhere_get_whole_addresses(engines: Engines, pages: KnowledgeStore) -> None:
    asked = {"model": "films", "messages": [{"role": "user", "content": "How do I pack a disc?"}]}
    for base in ("", "https://chat.example"):
        app = create_app(assistant_with(engines, public_url=base), page=False)
        with TestClient(app) as client:
            answer = client.post("/v1/chat/completions", json=asked).json()
            (cited,) = answer["sommelier"]["citations"]
            assert cited["url"] == f"{base}/help/films/help/returning.md#pack"
        from chatbot.integrations.tools import SupportArguments, Tools

        found = Tools(assistant_with(engines, public_url=base)).support(
            SupportArguments(question="How do I pack a disc?", catalogue="films")
        )
        assert found.data["citations"][0]["url"] == cited["url"]
