"""The tools over the Model Context Protocol, listed and called by its own client."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.memory import create_connected_server_and_client_session

from chatbot import Assistant
from chatbot.access.keys import KeyStore
from chatbot.api.app import create_app
from chatbot.engines import Engines
from chatbot.errors import InputError, NotFoundError
from chatbot.integrations.mcp import server_of
from chatbot.integrations.tools import Tools
from chatbot.knowledge.importer import import_knowledge
from chatbot.knowledge.store import KnowledgeStore
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from chatbot.storage.sessions import MemorySessions
from chatbot.storage.tables import api_keys

ROOT = Path(__file__).resolve().parents[3]
NAMES = {"search", "recommend", "explain", "draft"}


def talk(assistant: Assistant, work: Callable[[ClientSession], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with create_connected_server_and_client_session(server_of(assistant)) as client:
            return await work(client)

    return asyncio.run(run())


def call(assistant: Assistant, name: str, **arguments: Any) -> Any:
    return talk(assistant, lambda client: client.call_tool(name, arguments))


def test_tools_are_listed_with_schemas(assistant: Assistant) -> None:
    found = talk(assistant, lambda client: client.list_tools()).tools
    assert NAMES <= {t.name for t in found}
    for tool in found:
        assert tool.description
        assert tool.inputSchema["type"] == "object"
        assert tool.inputSchema["additionalProperties"] is False
        assert tool.annotations.readOnlyHint is True


def test_recommending_goes_on_from_what_was_said(assistant: Assistant) -> None:
    first = call(assistant, "recommend", request="I want sci-fi films, no horror", k=3)
    assert first.isError is False
    items = first.structuredContent["items"]
    assert len(items) == 3
    assert all("Horror" not in i["facts"]["genre"] for i in items)
    assert all(i["reasons"] for i in items)
    assert items[0]["title"] in first.content[0].text
    more = call(
        assistant,
        "recommend",
        request="older ones please",
        history=["I want sci-fi films, no horror"],
        exclude=[i["id"] for i in items],
    )
    again = more.structuredContent["items"]
    assert again
    assert not {i["id"] for i in again} & {i["id"] for i in items}
    assert {"Sci-Fi", "Horror"} <= {
        p["value"] for p in more.structuredContent["understood"] if isinstance(p["value"], str)
    }


def test_searching_explaining_drafting(assistant: Assistant) -> None:
    found = call(assistant, "search", query="films like Alien", k=4)
    assert len(found.structuredContent["items"]) == 4
    fits = call(assistant, "explain", item="Alien", request="scary science fiction")
    assert fits.structuredContent["fits"] is True
    assert fits.structuredContent["reasons"]
    assert "1979" in fits.content[0].text
    not_so = call(assistant, "explain", item="alien-1979", request="animated films for children")
    assert not_so.structuredContent["fits"] is False
    draft = call(assistant, "draft", kind="review", items=["alien-1979"], language="zh")
    assert draft.structuredContent["open"] == []
    assert draft.structuredContent["supported"] > 0
    assert "异形" in draft.content[0].text or "Alien" in draft.content[0].text


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("search", {}, "query"),
        ("search", {"query": "x", "k": 999}, "k:"),
        ("search", {"query": "x", "color": "red"}, "color"),
        ("search", {"query": "x", "catalogue": "nowhere"}, "no catalogue"),
        ("recommend", {"request": ""}, "request"),
        ("explain", {"item": "No Such Film"}, "no item"),
        ("draft", {"kind": "sonnet"}, "unknown kind"),
        ("draft", {"kind": "review", "items": ["no-such-film"]}, "no item"),
        ("fly", {}, "no tool"),
    ],
)
def test_errors_say_what_is_wrong(
    assistant: Assistant, name: str, arguments: dict[str, Any], words: str
) -> None:
    answer = call(assistant, name, **arguments)
    assert answer.isError is True
    assert words in answer.content[0].text
    with pytest.raises((InputError, NotFoundError)):
        Tools(assistant).call(name, arguments)


def test_a_client_starts_the_program_and_talks_on_its_pipes(tmp_path: Path) -> None:
    server = StdioServerParameters(
        command=sys.executable,
        args=[str(ROOT / "app.py"), "mcp", "--data-dir", str(tmp_path)],
        env={"SOMMELIER_EMBEDDER": "hash", "PATH": "/usr/bin:/bin"},
        cwd=tmp_path,
    )

    async def run() -> Any:
        with (tmp_path / "log").open("w") as log:
            async with (
                stdio_client(server, errlog=log) as (read, write),
                ClientSession(read, write) as client,
            ):
                hello = await client.initialize()
                tools = await client.list_tools()
                found = await client.call_tool("recommend", {"request": "comedies", "k": 2})
                return hello, tools, found

    hello, tools, found = asyncio.run(run())
    assert hello.serverInfo.name == "sommelier"
    assert NAMES <= {t.name for t in tools.tools}
    assert len(found.structuredContent["items"]) == 2


def test_over_http_with_a_key(assistant: Assistant, serve: Any) -> None:
    settings = assistant.settings.but(mcp=True)
    app = create_app(Assistant(settings, assistant._sessions, assistant._engines), page=False)
    keys = KeyStore(assistant.database)
    _, good = keys.create("agent", ["mcp"])
    _, narrow = keys.create("narrow", ["search"])

    async def run(base: str, key: str) -> Any:
        async with (
            httpx.AsyncClient(headers={"authorization": f"Bearer {key}"}) as http,
            streamable_http_client(f"{base}/mcp", http_client=http) as (read, write, _),
            ClientSession(read, write) as client,
        ):
            await client.initialize()
            listed = await client.list_tools()
            return listed, await client.call_tool("search", {"query": "comedies", "k": 3})

    try:
        with serve(app) as base:
            listed, found = asyncio.run(run(base, good))
            assert NAMES <= {t.name for t in listed.tools}
            assert len(found.structuredContent["items"]) == 3
            body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
            told = {"accept": "application/json, text/event-stream"}
            assert httpx.post(f"{base}/mcp", json=body, headers=told).status_code == 200
            refused = httpx.post(
                f"{base}/mcp", json=body, headers={**told, "authorization": f"Bearer {narrow}"}
            )
            assert refused.status_code == 403
            evil = {**told, "origin": "https://evil.example"}
            assert httpx.post(f"{base}/mcp", json=body, headers=evil).status_code == 403
    finally:
        with assistant.database.write() as c:
            c.execute(api_keys.delete())


def test_it_is_not_served_unless_asked_for(app: FastAPI, serve: Any) -> None:
    with serve(app) as base:
        assert httpx.post(f"{base}/mcp", json={}).status_code == 404


def test_help_pages_are_answered_from_where_there_are_some(
    assistant: Assistant, tmp_path: Path
) -> None:
    page = tmp_path / "help.md"
    page.write_text(
        "# Help\n\n## Returns\n\nYou can return anything within 30 days. We refund the whole "
        "price.\n\n## Shipping\n\nParcels arrive within three working days.\n"
    )
    films = assistant.catalogue("films")
    settings = Settings.read(
        {}, data_dir=tmp_path / "data", catalogue="few", llm="none", embedder="hash"
    )
    database = Database.open(settings.database_where)
    CatalogueStore(database).save("few", films.schema, films.items[:30])
    import_knowledge(KnowledgeStore(database), "few", [page])
    engines = Engines(settings, database)
    try:
        helped = Assistant(settings, MemorySessions(), engines)
        names = {t.name for t in talk(helped, lambda client: client.list_tools()).tools}
        assert names == NAMES | {"support"}
        answer = call(helped, "support", question="Can I return it within 30 days?")
        assert answer.structuredContent["answered"] is True
        assert "30 days" in answer.content[0].text
        assert "30 days" in answer.structuredContent["citations"][0]["quote"]
    finally:
        engines.close()
        database.close()
