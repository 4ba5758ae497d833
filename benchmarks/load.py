"""Many visitors at once against a real server on this machine, embedded engine.

    python -m benchmarks.load [--visitors 50] [--minutes 10] [--think 20] [--output NAME]

It says how far it is, writes benchmarks/results/NAME.json ("load" unless named) and ends by itself.
Three parts, one server process. First one visitor alone, for what a turn takes on an idle server.
Then the visitors, each with a conversation of its own, half of the turns streamed: errors, p50 and
p95 as ratios to the visitor alone, and crossed sessions (every message carries a marker of its
visitor; whole conversations are read back and must hold no other). At last a flood beyond the
server's capacity: what is refused is refused at once, and /healthz stays green meanwhile.

A refusal is timed twice: by the client, which shares the cores with the server and waits for its
own turn too, and by the server, from the request's bytes reaching its kernel to the answer's being
handed back to it (the header `Server-Timing` of a refusal; the kernel counts in steps of 4 ms).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.results import percentile, save

ROOT = Path(__file__).resolve().parents[1]
TALKS = (
    ("I want sci-fi films", "nothing scary please", "something older", "why the first one?",
     "more like the second", "is the first one long?", "thanks"),
    ("a slow romantic drama", "not too sad", "shorter ones", "who directed the second one?",
     "compare the first and the third", "others please"),
    ("想看一些轻松的喜剧", "不要恐怖的", "短一点", "第二部讲什么", "再来几部", "为什么推荐第一部"),
    ("films like The Matrix", "older", "no violence", "under two hours", "others please"),
    ("animated films for my six year old", "not musicals", "something Japanese", "more"),
    ("推荐几部科幻电影", "要九十年代以后的", "再有趣一点", "第一部的导演是谁", "换一批"),
)  # fmt: skip
WAITING = 64
TELL_S = 15.0


@dataclass
class Tally:
    """What the visitors saw."""

    turns: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    crossed: int = 0
    lost: int = 0
    read_back: int = 0


async def visit(base: str, name: str, until: float, think: float, tally: Tally) -> None:
    """One visitor: conversation after conversation, until the time is up."""
    rng = random.Random(name)
    async with httpx.AsyncClient(base_url=base, timeout=60) as http:
        await asyncio.sleep(rng.uniform(0, think))
        while time.perf_counter() < until:
            talk = rng.choice(TALKS)
            made = await http.post("/v1/sessions", json={})
            if made.status_code != 201:
                tally.errors.append(f"session: {made.status_code}")
                await asyncio.sleep(think)
                continue
            session, answered = made.json()["id"], []
            for number, text in enumerate(talk):
                if time.perf_counter() >= until:
                    break
                marker = f"({name}.{number})"
                if await turn(http, session, f"{text} {marker}", rng.random() < 0.5, tally):
                    answered.append(marker)
                pause = rng.expovariate(1 / think) if think else 0.0
                await asyncio.sleep(min(pause, max(0.0, until - time.perf_counter())))
            await read_back(http, session, name, answered, tally)


async def turn(
    http: httpx.AsyncClient, session: str, text: str, streamed: bool, tally: Tally
) -> bool:
    """Say something; how long the whole answer took, and the first cards of a stream. Whether it
    was answered.
    """
    path, start = f"/v1/sessions/{session}/turns", time.perf_counter()
    try:
        if streamed:
            reply = await streamed_turn(http, path, text, start, tally)
        else:
            answer = await http.post(path, json={"text": text})
            if answer.status_code != 200:
                tally.errors.append(f"turn: {answer.status_code}")
                return False
            reply = answer.json()
    except httpx.HTTPError as error:
        tally.errors.append(f"turn: {type(error).__name__}")
        return False
    if "session" not in reply:
        return False
    tally.turns.append(time.perf_counter() - start)
    tally.crossed += reply["session"] != session
    return True


async def streamed_turn(
    http: httpx.AsyncClient, path: str, text: str, start: float, tally: Tally
) -> dict[str, Any]:
    """The reply of a stream's last event."""
    event, reply, seen = "", {}, False
    headers = {"accept": "text/event-stream"}
    async with http.stream("POST", path, json={"text": text}, headers=headers) as stream:
        if stream.status_code != 200:
            tally.errors.append(f"stream: {stream.status_code}")
            return {}
        async for line in stream.aiter_lines():
            if line.startswith("event: "):
                event = line[7:]
                if event in ("items", "delta") and not seen:
                    seen = True
                    tally.first.append(time.perf_counter() - start)
            elif line.startswith("data: ") and event in ("done", "error"):
                reply = json.loads(line[6:])
                if event == "error":
                    tally.errors.append(f"event: {reply.get('code')}")
    return reply


async def read_back(
    http: httpx.AsyncClient, session: str, name: str, answered: list[str], tally: Tally
) -> None:
    """A whole conversation holds everything that was answered, and nobody else's words."""
    found = await http.get(f"/v1/sessions/{session}")
    if found.status_code != 200:
        tally.errors.append(f"read: {found.status_code}")
        return
    tally.read_back += 1
    told = found.json()
    texts = [t["text"] for t in told["turns"]]
    tally.lost += sum(not any(marker in text for text in texts) for marker in answered)
    said = [*texts, *(p["source"] for p in told["profile"]["preferences"])]
    tally.crossed += any("(v" in text and f"({name}." not in text for text in said)


async def flood(base: str, workers: int, seconds: float) -> dict[str, Any]:
    """More turns at once than there is room for; health asked all the while."""
    host, port = base.removeprefix("http://").split(":")
    secret = "flood-" + "x" * 40
    head = f"host: {host}\r\nauthorization: Bearer {secret}\r\n"
    async with httpx.AsyncClient(base_url=base, headers={"authorization": f"Bearer {secret}"}) as c:
        ids = [(await c.post("/v1/sessions", json={})).json()["id"] for _ in range(workers)]
    until = time.perf_counter() + seconds
    answers: dict[int, list[float]] = {}
    inside: list[float] = []
    health: list[tuple[int, float]] = []

    async def worker(session: str) -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        body = json.dumps({"text": "I want sci-fi films, no horror"}).encode()
        request = (
            f"POST /v1/sessions/{session}/turns HTTP/1.1\r\n{head}"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        ).encode() + body
        while time.perf_counter() < until:
            start = time.perf_counter()
            writer.write(request)
            status, served = await _answer(reader)
            answers.setdefault(status, []).append(time.perf_counter() - start)
            if served is not None:
                inside.append(served)
            await asyncio.sleep(0.25 if status == 429 else 0)
        writer.close()

    async def prober() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        while time.perf_counter() < until:
            start = time.perf_counter()
            writer.write(f"GET /healthz HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())
            status, _ = await _answer(reader)
            health.append((status, time.perf_counter() - start))
            await asyncio.sleep(0.05)
        writer.close()

    await asyncio.gather(prober(), *(worker(session) for session in ids))
    refused = answers.get(429, [])
    return {
        "workers": workers,
        "seconds": seconds,
        "answered": len(answers.get(200, [])),
        "refused": len(refused),
        "other": {s: len(v) for s, v in answers.items() if s not in (200, 429)},
        "refusal_ms": milliseconds(refused),
        "refusals_within_50_ms": share_within(refused, 0.05),
        "refusal_at_the_server_ms": milliseconds(inside),
        "refusals_within_50_ms_at_the_server": share_within(inside, 0.05),
        "health": {
            "asked": len(health),
            "green": sum(status == 200 for status, _ in health),
            "ms": milliseconds([s for _, s in health]),
        },
    }


async def _answer(reader: asyncio.StreamReader) -> tuple[int, float | None]:
    """(status, seconds the server says it took) of the next answer on a kept connection; its body
    is read to the end.
    """
    head = await reader.readuntil(b"\r\n\r\n")
    status, served = int(head.split(b" ", 2)[1]), None
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line.split(b":")[1]))
        elif line.startswith(b"server-timing: refused;dur="):
            served = float(line.rpartition(b"=")[2]) / 1000
    return status, served


def share_within(seconds: list[float], most: float) -> float:
    return round(sum(s <= most for s in seconds) / max(1, len(seconds)), 4)


def milliseconds(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {name: round(percentile(seconds, share) * 1000, 1) for name, share in shares.items()}


async def crowd(base: str, count: int, seconds: float, think: float) -> Tally:
    tally = Tally()
    until = time.perf_counter() + seconds
    told = asyncio.create_task(telling(f"{count} visitors", seconds, tally))
    await asyncio.gather(*(visit(base, f"v{n}", until, think, tally) for n in range(count)))
    told.cancel()
    return tally


async def telling(what: str, seconds: float, tally: Tally) -> None:
    """Say now and then how far it is."""
    start = time.perf_counter()
    while True:
        await asyncio.sleep(TELL_S)
        passed = time.perf_counter() - start
        say(
            f"{what}: {passed:.0f} of {seconds:.0f} s, {len(tally.turns)} turns, "
            f"{len(tally.errors)} errors, {tally.crossed} crossed, {tally.lost} lost"
        )


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def run(base: str, visitors: int, seconds: float, think: float) -> dict[str, Any]:
    say("one visitor alone: 50 s")
    await crowd(base, 1, min(10, seconds), 0.1)  # what is loaded late is loaded now
    alone = await crowd(base, 1, min(40, seconds), 0.3)
    loads = [os.getloadavg()[0]]
    many = await crowd(base, visitors, seconds, think)
    loads.append(os.getloadavg()[0])
    figures: dict[str, Any] = {
        "visitors": visitors,
        "minutes": round(seconds / 60, 2),
        "think_s": think,
        "load_average": [round(x, 1) for x in loads],
        "turns": len(many.turns),
        "turns_a_second": round(len(many.turns) / seconds, 2),
        "errors": len(many.errors),
        "kinds_of_errors": sorted(set(many.errors)),
        "conversations_read_back": many.read_back,
        "crossed_sessions": many.crossed,
        "lost_turns": many.lost,
        "alone_ms": milliseconds(alone.turns),
        "turn_ms": milliseconds(many.turns),
        "first_cards_ms": milliseconds(many.first),
    }
    for share in ("p50", "p95"):
        figures[f"ratio_{share}"] = round(figures["turn_ms"][share] / figures["alone_ms"][share], 2)
    say("a flood: 12 s")
    figures["flood"] = await flood(base, 160, 12.0)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--think", type=float, default=20.0, help="mean seconds between turns")
    parser.add_argument("--output", default="load", help="name of the result; '' keeps nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "SOMMELIER_DATA_DIR": folder,
            "SOMMELIER_LLM": "none",
            # All visitors come from one address here; a limit by address would count them as one.
            "SOMMELIER_MAX_TURNS_PER_MINUTE": "1000000",
            "SOMMELIER_MAX_SESSIONS_PER_MINUTE": "1000000",
            "SOMMELIER_TURNS_WAITING": str(WAITING),
        }
        server = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py"), "serve", "--port", "0"],
            env=environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert server.stdout is not None
            base = server.stdout.readline().strip()
            figures = asyncio.run(
                run(base, arguments.visitors, arguments.minutes * 60, arguments.think)
            )
        finally:
            server.terminate()
            server.wait(20)
    print(json.dumps(figures, indent=2))
    if arguments.output:
        print("saved", save(arguments.output, figures))


if __name__ == "__main__":
    main()
