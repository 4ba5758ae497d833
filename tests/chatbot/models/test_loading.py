"""What is wrong with weights is known before they are loaded, and loading holds nobody up."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from chatbot.models.completion import Ask, complete
from chatbot.models.errors import ModelLoadError
from chatbot.models.handle import ModelHandle
from chatbot.models.loading import LocalOptions, open_local, plan
from chatbot.models.weights import check_weights
from prompts import Message


def options(model: Path | str, **kwargs: Any) -> LocalOptions:
    return LocalOptions(str(model), device="cpu", **kwargs)


def test_a_saved_model_is_loaded_and_answers(saved: Path) -> None:
    told: list[tuple[str, float]] = []
    completer = open_local(options(saved), lambda what, share: told.append((what, share)))
    ask = Ask((Message("user", "hi"),), time.monotonic() + 30, max_tokens=5)
    assert complete(completer, ask)
    assert [what for what, _ in told] == ["checking", "loading", "warming up"]
    assert completer.name == str(saved)
    completer.close()


def test_weights_in_several_files(saved: Path, random_model: Any) -> None:
    (saved / "model.safetensors").unlink()
    random_model.save_pretrained(saved, max_shard_size="100KB")
    assert len(list(saved.glob("*.safetensors"))) > 1
    assert check_weights(saved) > 100_000
    next(iter(sorted(saved.glob("*.safetensors")))).unlink()
    with pytest.raises(ModelLoadError, match="lacks"):
        check_weights(saved)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda f: (f / "model.safetensors").unlink(), "holds no weights"),
        (lambda f: cut(f / "model.safetensors", 0.5), "damaged or cut short"),
        (lambda f: cut(f / "model.safetensors", 0.0), "damaged or cut short"),
        (lambda f: (f / "model.safetensors").write_bytes(b"\xff" * 500), "damaged or cut short"),
        (lambda f: (f / "model.safetensors.index.json").write_text("{"), "cannot be read"),
        (lambda f: (f / "config.json").unlink(), "configuration"),
        (lambda f: (f / "config.json").write_text('{"model_type": "martian"}'), "configuration"),
        (lambda f: (f / "chat_template.jinja").unlink(), "chat template"),
    ],
)
def test_damage_is_found_and_the_remedy_said(saved: Path, damage: Any, says: str) -> None:
    damage(saved)
    with pytest.raises(ModelLoadError, match=says) as caught:
        open_local(options(saved))
    assert caught.value.hint


def cut(path: Path, share: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


@pytest.mark.parametrize("name", ["/nowhere/at/all", "./missing", "a b c"])
def test_a_model_that_is_nowhere(name: str) -> None:
    with pytest.raises(ModelLoadError, match="--llm"):
        open_local(options(name))


def test_what_does_not_fit_is_refused_with_figures(random_model: Any) -> None:
    with pytest.raises(ModelLoadError, match=r"needs about .* GB .* free.*BITS=4"):
        plan(random_model.config, 10**15, options("huge"), "cpu")


def test_the_room_beside_the_weights_decides_how_many_fit(random_model: Any) -> None:
    assert 1 <= plan(random_model.config, 10**6, options("small"), "cpu") <= 64


def test_a_context_too_short_for_a_turn(random_model: Any) -> None:
    with pytest.raises(ModelLoadError, match="CONTEXT"):
        plan(random_model.config, 10**6, options("small", context=512), "cpu")


def test_other_bits_than_4_and_8(random_model: Any) -> None:
    with pytest.raises(ModelLoadError, match="4, 8 or 0"):
        plan(random_model.config, 10**6, options("small", bits=3), "cpu")


# The handle: in the background, rung by rung.


class Loaded:
    closed = False

    def close(self) -> None:
        self.closed = True


def test_others_are_served_while_it_loads_and_it_takes_over() -> None:
    go = threading.Event()
    loaded = Loaded()

    def opener(progress: Any, _stopped: threading.Event) -> Loaded:
        progress("loading", 0.5)
        assert go.wait(5)
        return loaded

    handle = ModelHandle((("big", opener),))
    assert handle.completer is None
    assert handle.status.state == "loading"
    go.set()
    status = handle.wait(5)
    assert (status.state, status.model, status.progress) == ("ready", "big", 1.0)
    assert handle.completer is loaded
    handle.close()
    assert loaded.closed
    assert handle.completer is None


def test_the_next_rung_is_tried_and_why_is_kept() -> None:
    def fails(_progress: Any, _stopped: Any) -> None:
        raise ModelLoadError("too big.", hint="Buy memory.")

    def breaks(_progress: Any, _stopped: Any) -> None:
        raise ZeroDivisionError

    handle = ModelHandle(
        (("big", fails), ("odd", breaks), ("small", lambda _progress, _stopped: Loaded()))
    )
    status = handle.wait(5)
    assert (status.state, status.model) == ("ready", "small")
    assert "too big. Buy memory." in status.message
    assert "odd cannot be loaded" in status.message
    handle.close()


def test_no_rung_holds() -> None:
    def fails(_progress: Any, _stopped: Any) -> None:
        raise ModelLoadError("too big.")

    handle = ModelHandle((("big", fails),))
    assert handle.wait(5).state == "failed"
    assert handle.status.message == "too big."
    handle.close()


def test_closing_stops_loading() -> None:
    def opener(_progress: Any, stopped: threading.Event) -> None:
        assert stopped.wait(5)
        raise ModelLoadError("stopped.")

    handle = ModelHandle((("big", opener),))
    handle.close()
    assert handle.status.state == "missing"


# The hub, spoken to by the real client; the hub itself is a server on loopback.


def test_a_download_tells_its_progress_and_is_found_again(saved: Path, tmp_path: Path) -> None:
    script = tmp_path / "fetch.py"
    script.write_text(FETCH)
    import subprocess
    import sys

    root = Path(__file__).resolve().parents[3]
    env = {"PYTHONPATH": str(root), "HF_HOME": str(tmp_path / "hub"), "PATH": ""}
    done = subprocess.run(
        [sys.executable, str(script), str(saved)], env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["first"] == found["again"]
    assert "model.safetensors" in found["files"]
    assert "weights.bin" not in found["files"]
    assert found["shares"] and max(found["shares"]) == 1.0
    assert found["asked_again"] == 0


FETCH = """
import hashlib, json, os, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

source = Path(sys.argv[1])
(source / "weights.bin").write_bytes(b"pickled")
files = sorted(p.name for p in source.iterdir())
asked = []

class Hub(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.answer(False)

    def do_GET(self):
        self.answer(True)

    def answer(self, whole):
        asked.append(self.path)
        if "/tree/" in self.path:
            body = json.dumps([{"type": "file", "path": f, "oid": "0" * 40,
                                "size": (source / f).stat().st_size} for f in files]).encode()
            kind = "application/json"
            name = None
        elif self.path.startswith("/api/models/"):
            body = json.dumps({"id": "me/tiny", "sha": "a" * 40,
                               "siblings": [{"rfilename": f} for f in files]}).encode()
            kind = "application/json"
            name = None
        else:
            name = self.path.split("?")[0].rsplit("/", 1)[1]
            if name not in files:
                self.send_response(404); self.send_header("X-Error-Code", "EntryNotFound")
                self.send_header("Content-Length", "0"); self.end_headers(); return
            body = (source / name).read_bytes()
            kind = "application/octet-stream"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Repo-Commit", "a" * 40)
        self.send_header("ETag", '"' + hashlib.sha256(body).hexdigest() + '"')
        self.end_headers()
        if whole:
            self.wfile.write(body)

    def log_message(self, *args):
        pass

hub = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
threading.Thread(target=hub.serve_forever, daemon=True).start()
os.environ["HF_ENDPOINT"] = f"http://127.0.0.1:{hub.server_address[1]}"
os.environ["HF_HUB_DISABLE_XET"] = "1"
from chatbot.models.weights import find

shares = []
first = find("me/tiny", lambda what, share: shares.append(share), threading.Event())
before = len(asked)
again = find("me/tiny", lambda what, share: None, threading.Event())
print(json.dumps({"first": str(first), "again": str(again), "shares": shares,
                  "files": sorted(p.name for p in first.iterdir()),
                  "asked_again": len(asked) - before}))
"""
