"""`schema.toml` to `Schema`, and the column names that need no schema.

Knows file formats, not rows: what rows show is inferred in `retrieval.infer`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chatbot.errors import InputError
from retrieval.schema import Facet, Schema

WELL_KNOWN: tuple[Facet, ...] = (
    Facet("genre", "category", columns=("genres", "genre"), many=True, labels={"en": "genre", "zh": "类型"}),
    Facet("director", "category", "person", ("directors", "director"), True, labels={"en": "director", "zh": "导演"}),
    Facet("cast", "category", "person", ("cast", "actors", "starring"), True, labels={"en": "cast", "zh": "主演"}),
    Facet("author", "category", "person", ("authors", "author"), True, labels={"en": "author", "zh": "作者"}),
    Facet("artist", "category", "person", ("artists", "artist"), True, labels={"en": "artist", "zh": "艺人"}),
    Facet("instructor", "category", "person", ("instructors", "instructor"), True, labels={"en": "instructor", "zh": "讲师"}),
    Facet("year", "number", columns=("year",), labels={"en": "year", "zh": "年份"},
          more=("newer", "more recent", "later", "更新", "新一点", "近一点"), less=("older", "earlier", "更老", "老一点", "早一点")),
    Facet("runtime", "number", columns=("runtime", "duration"), unit="minutes", labels={"en": "length", "zh": "片长"},
          more=("longer", "更长", "长一点"), less=("shorter", "更短", "短一点")),
    Facet("price", "number", columns=("price",), labels={"en": "price", "zh": "价格"},
          more=("more expensive", "pricier", "更贵", "贵一点"), less=("cheaper", "less expensive", "更便宜", "便宜一点")),
    Facet("rating", "number", columns=("rating",), labels={"en": "rating", "zh": "评分"},
          more=("better rated", "higher rated", "评分更高", "口碑更好"), less=("lower rated",)),
    Facet("keyword", "category", columns=("keywords", "keyword", "tags"), many=True, labels={"en": "keyword", "zh": "关键词"}),
    Facet("theme", "category", columns=("themes", "theme", "topics"), many=True, labels={"en": "theme", "zh": "主题"}),
    Facet("mood", "category", columns=("moods", "mood"), many=True, labels={"en": "mood", "zh": "氛围"}),
    Facet("language", "category", columns=("language", "languages"), many=True, labels={"en": "language", "zh": "语言"}),
    Facet("country", "category", columns=("country", "countries"), many=True, labels={"en": "country", "zh": "国家或地区"}),
    Facet("certificate", "category", columns=("certificate",), labels={"en": "age rating", "zh": "分级"}),
    Facet("brand", "category", columns=("brand",), labels={"en": "brand", "zh": "品牌"}),
    Facet("category", "category", columns=("category", "categories"), many=True, labels={"en": "category", "zh": "类别"}),
    Facet("overview", "text", columns=("overview", "description", "text"), labels={"en": "description", "zh": "简介"}),
    Facet("title_zh", "text", columns=("title_zh",), labels={"en": "Chinese title", "zh": "中文名"}),
    Facet("url", "link", columns=("url",), labels={"en": "link", "zh": "链接"}),
    Facet("image", "link", columns=("image",), labels={"en": "image", "zh": "图片"}),
)  # fmt: skip
"""Facets known by the name of their column, as `docs/data.md` lists them."""


def well_known() -> dict[str, Facet]:
    """Column name → facet."""
    return {column: facet for facet in WELL_KNOWN for column in facet.columns}


def read_schema(path: Path) -> Schema:
    """The schema an operator wrote beside the data.

    Raises:
        InputError: the file is not TOML, or a key in it is not known; the message names it.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} cannot be read as a schema: {error}.") from error
    return schema_of(raw, where=str(path))


def schema_of(raw: Mapping[str, Any], *, where: str = "schema") -> Schema:
    """A schema from parsed TOML; facets that are well known need only what differs."""
    known = {"domain", "languages", "noun", "nouns", "verb", "suggestions", "facets"}
    _only(raw, known, where)
    defaults = {facet.name: facet for facet in WELL_KNOWN}
    facets: dict[str, Facet] = {}
    for name, table in raw.get("facets", {}).items():
        facets[name] = _facet(name, table, defaults.get(name), f"{where}: facets.{name}")
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
        "value_labels", "more", "less",
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
