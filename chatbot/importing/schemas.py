"""`schema.toml` to `Schema`, and the column names that need no schema.

Knows file formats, not rows: what rows show is inferred in `retrieval.infer`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from chatbot.errors import InputError
from retrieval.infer import Domain
from retrieval.schema import Facet, Schema


@cache
def well_known() -> Mapping[str, Facet]:
    """Facet name → facet, for columns that need no schema (`wellknown.toml`)."""
    text = resources.files(__package__).joinpath("wellknown.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)["facets"]
    return {name: _facet(name, table, None, f"facets.{name}") for name, table in tables.items()}


@cache
def domains() -> tuple[Domain, ...]:
    """Kinds of catalogues with the words they use (`domains.toml`)."""
    text = resources.files(__package__).joinpath("domains.toml").read_text(encoding="utf-8")
    return tuple(
        Domain(
            name,
            frozenset(table["names"]),
            frozenset(table["columns"]),
            table["noun"],
            table["nouns"],
            table["verb"],
        )
        for name, table in tomllib.loads(text).items()
    )


def read_schema(path: Path) -> Schema:
    """The schema an operator wrote beside the data.

    Raises:
        InputError: the file is not TOML, or a key in it is not known; the message names it.
    """
    return schema_of(_tables(path), where=str(path))


def ignored_columns(path: Path) -> tuple[str, ...]:
    """Columns that the operator's schema leaves out (`ignore = ["cost price"]`)."""
    return tuple(map(str, _tables(path).get("ignore", ())))


def _tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} cannot be read as a schema: {error}.") from error


def schema_of(raw: Mapping[str, Any], *, where: str = "schema") -> Schema:
    """A schema from parsed TOML; facets that are well known need only what differs."""
    known = {"domain", "languages", "noun", "nouns", "verb", "suggestions", "facets", "ignore"}
    _only(raw, known, where)
    facets: dict[str, Facet] = {}
    for name, table in raw.get("facets", {}).items():
        facets[name] = _facet(name, table, well_known().get(name), f"{where}: facets.{name}")
    words = {key: dict(raw[key]) for key in ("noun", "nouns", "verb") if key in raw}
    return Schema(
        facets=facets,
        languages=tuple(raw.get("languages", ("en", "zh"))),
        suggestions={k: tuple(v) for k, v in raw.get("suggestions", {}).items()},
        domain=str(raw.get("domain", "")),
        **words,
    )


def _facet(name: str, table: Mapping[str, Any], base: Facet | None, where: str) -> Facet:
    fields = {
        "kind", "role", "columns", "many", "unit", "order", "labels", "synonyms",
        "value_labels", "levels", "more", "less",
    }  # fmt: skip
    _only(table, fields, where)
    kind = table.get("kind", base.kind if base else None)
    if kind not in ("number", "category", "text", "flag", "link"):
        raise InputError(f"{where} needs a kind: number, category, text, flag or link.")

    def get(key: str, default: Any) -> Any:
        return table.get(key, getattr(base, key) if base else default)

    return Facet(
        name=name,
        kind=kind,
        role=str(get("role", "")),
        columns=tuple(get("columns", (name,))),
        many=bool(get("many", False)),
        unit=str(get("unit", "")),
        order=tuple(get("order", ())),
        labels=dict(get("labels", {})),
        synonyms={k: tuple(v) for k, v in get("synonyms", {}).items()},
        value_labels={k: dict(v) for k, v in get("value_labels", {}).items()},
        levels={k: dict(v) for k, v in get("levels", {}).items()},
        more=tuple(get("more", ())),
        less=tuple(get("less", ())),
    )


def _only(table: Mapping[str, Any], known: set[str], where: str) -> None:
    surplus = sorted(set(table) - known)
    if surplus:
        raise InputError(
            f"{where} has an unknown key {surplus[0]!r}.",
            hint=f"Known: {', '.join(sorted(known))}.",
        )
