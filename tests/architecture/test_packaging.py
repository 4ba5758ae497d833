"""The wheel holds everything the product needs, and works away from this folder."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("sommelier_chat-*.whl")
    return built


def test_the_wheel_holds_data_beside_code(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        "catalogues/films/items.jsonl",
        "catalogues/films/schema.toml",
        "chatbot/importing/wellknown.toml",
        "chatbot/py.typed",
    }
    assert wanted <= names
    assert any(n.startswith("prompts/") and n.endswith(".md") for n in names)
    assert not any(n.startswith(("tests/", "benchmarks/", "docs/")) for n in names)


def test_it_works_installed_elsewhere(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import chatbot, sys; assert 'site' in chatbot.__file__, chatbot.__file__\n"
        "from chatbot import Assistant\n"
        f"with Assistant.open(data_dir={str(tmp_path / 'data')!r}, llm='none') as a:\n"
        "    reply = a.reply('I want sci-fi films', session='s1')\n"
        "    print(len(reply.cards), all('Sci-Fi' in a.item(c.id).values('genre')"
        " for c in reply.cards))\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={
            "PYTHONPATH": str(tmp_path / "site"),
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "SOMMELIER_EMBEDDER": "hash",
        },
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == ["5", "True"]
