"""The command line as another program sees it: help, exit codes, one line of error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, data: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "SOMMELIER_DATA_DIR": str(data),
        "SOMMELIER_EMBEDDER": "hash",
        "PYTHONIOENCODING": "utf-8",
    }
    return subprocess.run(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


COMMANDS = ["serve", "chat", "replay", "import", "train", "doctor", "export", "erase", "backup"]


@pytest.mark.parametrize("command", [[], *[[c] for c in COMMANDS]], ids=lambda c: " ".join(c))
def test_help_everywhere(command: list[str], data: Path) -> None:
    done = run(*command, "--help", data=data)
    assert done.returncode == 0
    assert "Usage" in done.stdout
    assert not any(data.iterdir()) or command  # help makes nothing


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["no-such-command"], 2, "No such command"),
        (["replay"], 2, "Missing argument"),
        (["replay", "no-such-file.jsonl"], 1, "cannot be read"),
        (["chat", "--catalogue", "nowhere"], 1, "no catalogue 'nowhere'"),
        (["import", "no-such-file.csv", "--name", "x"], 1, "no-such-file.csv"),
        (["import"], 1, "name"),
        (["serve", "--port", "99999"], 2, "port"),
        (["train", "--catalogue", "nowhere"], 1, "nowhere"),
    ],
)
def test_failures_are_one_clear_line(
    arguments: list[str], code: int, said: str, data: Path
) -> None:
    done = run(*arguments, data=data)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    if code == 1:
        assert len(done.stderr.strip().splitlines()) == 1


def test_replay_and_chat_in_a_pipe(data: Path, tmp_path: Path) -> None:
    recorded = tmp_path / "in.jsonl"
    recorded.write_text(
        json.dumps({"id": "a", "messages": [{"role": "user", "content": "I want westerns"}]})
        + "\n\n"
        + json.dumps({"id": "b", "messages": [{"role": "user", "content": "想看喜剧"}]})
        + "\n",
        encoding="utf-8",
    )
    done = run("replay", str(recorded), "-k", "7", data=data)
    assert done.returncode == 0, done.stderr
    out = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(o["id"], len(o["items"])) for o in out] == [("a", 7), ("b", 7)]

    talked = run("chat", data=data, stdin="I want westerns\n/love 1\n/profile\n/drop 1\nmore\n")
    assert talked.returncode == 0, talked.stderr
    assert "1. " in talked.stdout
    assert "Western" in talked.stdout


def test_import_report_backup_restore_export_erase(data: Path, tmp_path: Path) -> None:
    items = tmp_path / "shop.csv"
    items.write_text(
        "id,title,price,category\n1,Tent,$99.00,Camping\n2,,5,Camping\n3,Stove,cheap,Cooking\n"
        "4,Lamp,20,Camping\n5,Mug,8,Cooking\n",
        encoding="utf-8",
    )
    done = run("import", str(items), "--name", "shop", data=data)
    assert done.returncode == 0, done.stderr
    assert "title" in done.stdout
    kept = tmp_path / "kept.db"
    assert run("backup", str(kept), data=data).returncode == 0
    assert run("backup", str(kept), data=data).returncode == 1
    assert run("restore", str(kept), "--yes", data=data).returncode == 0
    assert run("restore", str(items), "--yes", data=data).returncode == 1
    assert run("export", "--user", "nobody", data=data).returncode == 0
    assert run("erase", "--user", "nobody", "--yes", data=data).returncode == 0
    checked = run("doctor", data=data)
    assert "catalogue shop" in checked.stdout


def test_what_was_loaded_is_left_out_of_garbage_collection() -> None:
    import gc

    from chatbot.commands.console import settled

    kept = [[n] for n in range(1000)]
    before = gc.get_freeze_count()
    settled()
    try:
        assert gc.get_freeze_count() >= before + len(kept)
        assert not any(part is kept for part in gc.get_objects())
    finally:
        gc.unfreeze()
