"""How long until the first page, and how much memory.

    python -m benchmarks.startup

The first start makes the database and the index in an empty folder; the second finds them. Time
runs from the start of the process to the first complete answer of `GET /`; memory is the server's
resident set after the page, and after a first conversation (the embedding model is loaded then).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.results import save

ROOT = Path(__file__).resolve().parents[1]


def start(folder: str) -> dict[str, float]:
    """Serve from `folder`, read the page, talk once, stop; seconds and MiB."""
    began = time.perf_counter()
    environment = os.environ | {"SOMMELIER_DATA_DIR": folder, "HF_HUB_OFFLINE": "1"}
    server = subprocess.Popen(
        [sys.executable, "app.py", "serve", "--port", "0", "--llm", "none"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        page = _get(address + "/")
        first = time.perf_counter() - began
        memory = _resident(server.pid)
        session = json.loads(_post(address + "/v1/sessions", {}))
        _post(f"{address}/v1/sessions/{session['id']}/turns", {"text": "I want sci-fi films"})
        answered = time.perf_counter() - began
        return {
            "first_page_s": first,
            "first_answer_s": answered,
            "page_bytes": len(page),
            "memory_page_mib": memory,
            "memory_talk_mib": _resident(server.pid),
        }
    finally:
        server.terminate()
        server.wait(20)


_COOKIES = urllib.request.HTTPCookieProcessor()
_OPENER = urllib.request.build_opener(_COOKIES)


def _get(url: str) -> bytes:
    deadline = time.monotonic() + 120
    while True:
        try:
            with _OPENER.open(url, timeout=60) as answer:
                return bytes(answer.read())
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _post(url: str, body: dict[str, Any]) -> bytes:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with _OPENER.open(request, timeout=60) as answer:
        return bytes(answer.read())


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        figures = {"first": start(folder), "second": start(folder), "third": start(folder)}
    print(json.dumps(figures, indent=2))
    print("saved", save("startup", figures))


if __name__ == "__main__":
    main()
