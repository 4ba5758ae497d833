"""Room for a turn is kept at the door; who finds none is told at once, with nothing looked up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from chatbot.api.capacity import Capacity
from chatbot.api.door import Door
from chatbot.api.problems import BusyServerError

ORIGIN = "https://shop.example"
TURNS = "/v1/sessions/s1/turns"


class App:
    """Waits inside until it is let go; takes its place as a turn does."""

    def __init__(self, capacity: Capacity) -> None:
        self.capacity = capacity
        self.inside = 0
        self.go = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.inside += 1
        await self.go.wait()
        await self.capacity.submit(lambda: None)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})


async def asking(door: Door, path: str = TURNS, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=door)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        return await http.post(path, json={"text": "hi"}, headers=headers)


def world(running: int = 1, waiting: int = 1) -> tuple[Door, App, list[int]]:
    capacity = Capacity(running, waiting)
    app, refused = App(capacity), [0]

    def count() -> None:
        refused[0] += 1

    return Door(app, capacity=capacity, allows=ORIGIN.__eq__, refused=count), app, refused


def run(story: Callable[[], Any]) -> Any:
    return asyncio.run(asyncio.wait_for(story(), 20))


async def inside(app: App, count: int) -> None:
    while app.inside < count:
        await asyncio.sleep(0)


def test_many_at_once_are_not_let_in_for_one_place() -> None:
    async def story() -> None:
        door, app, refused = world()
        asked = [asyncio.create_task(asking(door)) for _ in range(20)]
        await inside(app, 2)
        early = await asyncio.gather(*asked[2:])
        assert [a.status_code for a in early] == [429] * 18
        assert (app.inside, refused[0]) == (2, 18)  # nothing was begun for the others
        app.go.set()
        assert [a.status_code for a in await asyncio.gather(*asked[:2])] == [200, 200]
        assert (await asking(door)).status_code == 200  # the places are free again
        assert app.capacity.taken == 0
        assert not app.capacity.full

    run(story)


def test_those_who_find_no_room_are_told_before_work_begins() -> None:
    async def story() -> None:
        order: list[str] = []

        async def app(*_: Any) -> None:
            order.append("begun")

        async def send(message: Any) -> None:
            order.append(str(message["type"]))

        door = Door(app, capacity=Capacity(1, 0), allows=lambda _: False, refused=lambda: None)
        scope = {"type": "http", "method": "POST", "path": TURNS, "headers": []}
        await asyncio.gather(*(door(scope, send, send) for _ in range(3)))  # type: ignore[arg-type]
        assert order == ["http.response.start", "http.response.body"] * 2 + ["begun"]

    run(story)


def test_those_who_are_let_in_begin_one_after_the_other() -> None:
    async def story() -> None:
        rounds, begun = 0, []

        async def app(*_: Any) -> None:
            begun.append(rounds)

        async def counting() -> None:
            nonlocal rounds
            while len(begun) < 5:
                rounds += 1
                await asyncio.sleep(0)

        door = Door(app, capacity=Capacity(5, 0), allows=lambda _: False, refused=lambda: None)
        scope = {"type": "http", "method": "POST", "path": TURNS, "headers": []}
        await asyncio.gather(*(door(scope, None, None) for _ in range(5)), counting())  # type: ignore[arg-type]
        assert len(set(begun)) == 5  # no two in the same round of the loop

    run(story)


def test_a_request_that_fails_gives_its_place_back() -> None:
    async def story() -> None:
        capacity = Capacity(1, 0)

        async def broken(*_: Any) -> None:
            raise ValueError

        door = Door(broken, capacity=capacity, allows=lambda _: False, refused=lambda: None)
        for _ in range(3):
            with pytest.raises(ValueError):
                await asking(door)
        assert not capacity.full

    run(story)


def test_a_place_that_is_kept_is_nobody_elses() -> None:
    async def story() -> None:
        capacity = Capacity(1, 0)
        place = capacity.reserve()
        assert place is not None
        assert capacity.reserve() is None
        with pytest.raises(BusyServerError):
            capacity.submit(lambda: None)
        token = capacity.seated(place)
        capacity.check()
        await capacity.submit(lambda: None)
        assert not place.give_up()  # it was used
        capacity.unseated(token)
        capacity.close()

    run(story)


def test_a_refusal_is_whole() -> None:
    async def story() -> None:
        door, app, _ = world(1, 0)
        first = asyncio.create_task(asking(door))
        await inside(app, 1)
        refused = await asking(door)
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["cache-control"] == "no-store"
        assert refused.headers["server-timing"].startswith("refused;dur=")
        assert refused.json()["code"] == "server-busy"
        assert "access-control-allow-origin" not in refused.headers
        theirs = await asking(door, origin="https://evil.example")
        assert "access-control-allow-origin" not in theirs.headers
        ours = await asking(door, origin=ORIGIN)
        assert ours.headers["access-control-allow-origin"] == ORIGIN
        assert "retry-after" in ours.headers["access-control-expose-headers"]
        openai = await asking(door, "/v1/chat/completions")
        assert json.loads(openai.text)["error"]["type"] == "rate_limit_error"
        # Nothing else is refused: other paths, and turns that are taken up after a broken line.
        others = [asyncio.create_task(asking(door, "/v1/feedback")),
                  asyncio.create_task(asking(door, **{"last-event-id": "1.2"}))]  # fmt: skip
        await inside(app, 3)
        app.go.set()
        assert (await first).status_code == 200
        await asyncio.gather(*others, return_exceptions=True)

    run(story)
