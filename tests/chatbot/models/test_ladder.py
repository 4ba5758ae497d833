"""From `--llm` to something that always answers."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from chatbot.models.errors import SpecError
from chatbot.models.ladder import Models, attempts, gpu_possible, open_model
from chatbot.models.spec import parse
from chatbot.settings import Settings
from chatbot.understand import Context
from chatbot.writer import Brief, Subject, TemplateWriter

ROOT = Path(__file__).resolve().parents[3]
BRIEF = Brief("recommend", "en", "scary", (Subject("a", "Alien", ("1979",)),), "Here is Alien.")


def settings(tmp_path: Path, **changes: Any) -> Settings:
    return Settings.read({}, data_dir=tmp_path).but(device="cpu", **changes)


def said(writer: Any) -> str:
    return "".join(writer.write(BRIEF, threading.Event()))


@pytest.mark.parametrize("spec", ["none", "auto"])
def test_without_a_model_or_a_gpu_nothing_is_added(
    spec: str, tmp_path: Path, embedded: Any
) -> None:
    reader, writer, models = open_model(spec, settings(tmp_path), embedded)
    assert reader is embedded
    assert isinstance(writer, TemplateWriter)
    assert models.status.state == "missing"
    models.close()


def test_nothing_heavy_is_loaded_for_none() -> None:
    code = (
        "import sys; from chatbot.models.ladder import Models;"
        "from chatbot.settings import Settings;"
        "Models('none', Settings.read({}, data_dir='.'));"
        "Models('auto', Settings.read({}, data_dir='.', device='cpu'));"
        "heavy = {'torch', 'transformers', 'langchain_core', 'llguidance'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_wrong_specification_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(SpecError):
        Models("qwen", settings(tmp_path))


def test_a_folder_is_loaded_behind_the_embedded_engine_and_takes_over(
    saved: Path, tmp_path: Path, embedded: Any
) -> None:
    models = Models(f"local:{saved}", settings(tmp_path, llm_deadline=0.5))
    reader, writer = models.reader(embedded), models.writer(embedded.catalogue)
    first = reader.read("a comedy please", Context())
    assert first.updates == embedded.read("a comedy please", Context()).updates
    assert models.wait(60).state == "ready"
    # Random weights: nothing they say is believed or shown, and every turn is answered.
    assert reader.read("a comedy please", Context()).updates
    assert said(writer) == "Here is Alien."
    models.close()
    assert models.status.state == "missing"


def test_a_model_that_cannot_be_loaded_is_told_and_the_engine_answers(
    tmp_path: Path, embedded: Any
) -> None:
    models = Models("local:/nowhere/at/all", settings(tmp_path))
    assert models.wait(30).state == "failed"
    reader, writer = models.reader(embedded), models.writer(embedded.catalogue)
    found = reader.read("a comedy please", Context())
    assert "/nowhere/at/all" in found.degraded
    assert found.updates == embedded.read("a comedy please", Context()).updates
    assert said(writer) == "Here is Alien."
    assert "/nowhere/at/all" in writer.degraded
    models.close()


def test_a_server_that_is_down_degrades(tmp_path: Path, embedded: Any) -> None:
    models = Models("openai:m@http://127.0.0.1:9/v1", settings(tmp_path, llm_deadline=3.0))
    assert models.wait(30).state == "ready"
    reader, writer = models.reader(embedded), models.writer(embedded.catalogue)
    for _ in range(4):
        found = reader.read("a comedy please", Context())
        assert found.degraded
        assert found.updates
    assert "left alone" in found.degraded  # by the breaker
    assert said(writer) == "Here is Alien."
    models.close()


def test_the_rungs_of_each_specification(tmp_path: Path) -> None:
    plain = settings(tmp_path)
    assert attempts(parse("none"), plain) == ()
    assert attempts(parse("auto"), plain) == ()
    assert [name for name, _ in attempts(parse("auto"), plain.but(device="cuda"))] == [
        "Qwen/Qwen3-4B-Instruct-2507",
        "Qwen/Qwen2.5-1.5B-Instruct",
    ]
    assert [name for name, _ in attempts(parse("local:x"), plain)] == ["x"]
    assert [name for name, _ in attempts(parse("anthropic:claude"), plain)] == ["claude"]


def test_a_device_that_is_named_decides() -> None:
    assert gpu_possible("cuda:1")
    assert not gpu_possible("cpu")
