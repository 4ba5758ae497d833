"""Imports point one way, never in circles, and heavy libraries wait until they are used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("chatbot", "retrieval", "prompts", "catalogues")
HEAVY = {
    "torch",
    "transformers",
    "sentence_transformers",
    "accelerate",
    "chromadb",
    "gradio",
    "langchain",
    "langchain_core",
    "langchain_openai",
    "llguidance",
    "pyarrow",
    "fastapi",
}


def modules() -> dict[str, Path]:
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, *, nested: bool) -> set[str]:
    """Modules that `path` imports: at its top level, or also inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if nested else _top(tree)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def _top(tree: ast.Module) -> list[ast.stmt]:
    """Statements that run at import; `if TYPE_CHECKING:` does not."""
    found: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.If | ast.Try):
            found.extend(n for n in ast.walk(node) if isinstance(n, ast.stmt))
        found.append(node)
    return found


def roots(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        ("retrieval", {"chatbot", "prompts", "catalogues"}),
        ("prompts", {"chatbot", "retrieval", "catalogues"}),
        ("catalogues", {"chatbot", "retrieval", "prompts"}),
    ],
)
def test_packages_below_do_not_know_those_above(package: str, forbidden: set[str]) -> None:
    wrong = {
        name: sorted(roots(imports(path, nested=True)) & forbidden)
        for name, path in modules().items()
        if name.split(".")[0] == package
    }
    assert {name: found for name, found in wrong.items() if found} == {}


def test_retrieval_knows_no_language_model_and_no_database() -> None:
    barred = {"langchain", "langchain_core", "langchain_openai", "gradio", "fastapi", "sqlalchemy"}
    wrong = {
        name: sorted(roots(imports(path, nested=True)) & barred)
        for name, path in modules().items()
        if name.startswith("retrieval")
    }
    assert {name: found for name, found in wrong.items() if found} == {}


def test_imports_never_circle() -> None:
    known = modules()
    graph = {
        name: {target for target in imports(path, nested=False) if target in known} - {name}
        for name, path in known.items()
    }
    done: set[str] = set()
    for start in graph:
        _walk(start, graph, [], done)


def _walk(name: str, graph: dict[str, set[str]], trail: list[str], done: set[str]) -> None:
    assert name not in trail, " -> ".join([*trail[trail.index(name) :], name])
    if name in done:
        return
    for target in sorted(graph[name]):
        _walk(target, graph, [*trail, name], done)
    done.add(name)


# The rooms that are about a heavy library may name it at their top; nobody imports them early.
DOORS = ("chatbot.ui", "chatbot.api", "chatbot.models", "chatbot.integrations")


def test_heavy_libraries_are_imported_where_they_are_used() -> None:
    wrong = {
        name: sorted(roots(imports(path, nested=False)) & HEAVY)
        for name, path in modules().items()
        if not name.startswith(DOORS)
    }
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize(
    "statement",
    [
        "import chatbot.cli",
        "import chatbot, retrieval, prompts, catalogues",
        "import chatbot.assistant",
        "import chatbot.understand.embedded, chatbot.manager, retrieval.recommender",
    ],
)
def test_importing_loads_nothing_heavy(statement: str) -> None:
    code = f"import sys; {statement}; print(sorted(set(sys.modules) & {HEAVY!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_environment_is_read_in_one_place() -> None:
    wrong = []
    for name, path in modules().items():
        text = path.read_text(encoding="utf-8")
        if name != "chatbot.settings" and ("os.environ" in text or "os.getenv" in text):
            wrong.append(name)
    assert wrong == []
