"""Files of ratings and of past conversations, checked and set aside until they are written."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chatbot.errors import InputError
from chatbot.importing import files as reading
from chatbot.importing.files import Source
from chatbot.importing.gathering import Place, Problems
from chatbot.importing.records import Broken, Row, shortened
from chatbot.importing.report import Part
from chatbot.importing.rows import clean
from chatbot.importing.staging import Staged
from chatbot.storage.writing import Interaction
from retrieval.columns import missing
from retrieval.headers import read_header
from retrieval.quantities import quantity

USER = ("user", "userid", "uid", "username", "customerid", "customer", "visitorid", "reviewerid",
         "memberid", "用户", "用户id", "用户编号")  # fmt: skip
_ITEM = ("item", "itemid", "movieid", "filmid", "productid", "bookid", "courseid", "gameid",
         "artistid", "songid", "trackid", "asin", "sku", "parentasin", "product", "物品", "商品",
         "商品id", "物品id", "电影id", "id")  # fmt: skip
_RATING = ("rating", "score", "stars", "overall", "weight", "playcount", "count", "value", "评分",
           "打分", "得分")  # fmt: skip
_TIME = ("timestamp", "time", "date", "datetime", "unixtime", "unixreviewtime", "createdat", "时间",
         "日期", "时间戳")  # fmt: skip
_MAX_MESSAGES = 2000
_ROLES = dict.fromkeys(("user", "human", "seeker", "customer", "visitor"), "user")
_ROLES |= dict.fromkeys(("assistant", "bot", "recommender", "agent"), "assistant")

Tick = Callable[[int], None]


class Interactions:
    """Ratings of known items, read from files."""

    def __init__(
        self,
        folder: Path | None,
        known: frozenset[str],
        mapping: Mapping[str, str],
        problems: Problems,
        stack: ExitStack,
    ) -> None:
        self._known, self._mapping, self._problems = known, mapping, problems
        staged = Staged[Interaction](
            folder,
            lambda r: [r.user, r.item, r.rating, r.timestamp],
            lambda raw: Interaction(*raw),  # type: ignore[arg-type]
        )
        self._staged = stack.enter_context(staged)
        self._read = 0

    @property
    def part(self) -> Part:
        """What was read and is ready to be written."""
        return Part(read=self._read, added=self._staged.count)

    def rows(self) -> Iterator[Interaction]:
        """What is ready to be written."""
        return iter(self._staged)

    def read(self, source: Source, tick: Tick) -> None:
        """Read one file.

        Raises:
            InputError: no columns for user and item.
        """
        where = self._problems.at("interactions", source.path.name)
        columns: dict[str, str] = {}
        for record in reading.read(source):
            self._read += 1
            tick(self._read)
            if isinstance(record, Broken):
                where.add(record.line, record.field, record.what, record.value)
                continue
            if not columns:
                columns = self._columns(record, source)
            self._keep(record, columns, where)

    def _columns(self, record: Row, source: Source) -> dict[str, str]:
        keys = {read_header(name).key: name for name in reversed(list(record.values))}
        found: dict[str, str] = {}
        for what, names in (
            ("user", USER), ("item", _ITEM), ("rating", _RATING), ("timestamp", _TIME)
        ):  # fmt: skip
            told = self._mapping.get(what, "")
            column = told if told in record.values else ""
            column = column or next((keys[n] for n in names if n in keys), "")
            if column:
                found[what] = column
        for what in ("user", "item"):
            if what not in found:
                raise InputError(
                    f"{source.path} has no column for the {what}.",
                    hint=f"Name it: --map {what}=COLUMN. "
                    f"Columns: {', '.join(record.values)[:300]}.",
                )
        return found

    def _keep(self, record: Row, columns: Mapping[str, str], where: Place) -> None:
        values = record.values
        user, item = (_id(values.get(columns[what])) for what in ("user", "item"))
        if not user or not item or len(user) > 256 or len(item) > 256:
            bad = columns["item" if user else "user"]
            where.add(record.line, bad, "missing or too long", shortened(values.get(bad) or ""))
            return
        rating = 1.0
        if "rating" in columns:
            raw = values.get(columns["rating"])
            found = quantity(raw)
            if found is None:
                where.add(record.line, columns["rating"], "not a number", shortened(raw or ""))
                return
            rating = found.number
        if item not in self._known:
            where.add(
                record.line, columns["item"], "no such item in the catalogue", shortened(item),
                "unknown item",
            )  # fmt: skip
            return
        at = _time(values.get(columns["timestamp"])) if "timestamp" in columns else None
        self._staged.append(Interaction(user, item, rating, at))


class Dialogues:
    """Past conversations, read from files."""

    def __init__(
        self, folder: Path | None, known: frozenset[str], problems: Problems, stack: ExitStack
    ) -> None:
        self._known, self._problems = known, problems
        staged = Staged[Mapping[str, object]](folder, lambda d: [dict(d)], _only)
        self._staged = stack.enter_context(staged)
        self._read = 0

    @property
    def part(self) -> Part:
        """What was read and is ready to be written."""
        return Part(read=self._read, added=self._staged.count)

    def rows(self) -> Iterator[Mapping[str, object]]:
        """What is ready to be written."""
        return iter(self._staged)

    def read(self, source: Source, tick: Tick) -> None:
        """Read one file."""
        where = self._problems.at("dialogues", source.path.name)
        for record in reading.read(source):
            self._read += 1
            tick(self._read)
            if isinstance(record, Broken):
                where.add(record.line, record.field, record.what, record.value)
                continue
            try:
                dialogue = self._dialogue(record, where)
            except ValueError as error:
                field, _, what = str(error).partition(": ")
                where.add(record.line, field, what, shortened(record.values.get(field) or ""))
                continue
            self._staged.append(dialogue)

    def _dialogue(self, record: Row, where: Place) -> Mapping[str, object]:
        raw = record.values
        key = _id(raw.get("id"))
        if not key or len(key) > 256:
            raise ValueError("id: missing or too long")
        messages = raw.get("messages")
        if not isinstance(messages, list) or not messages or len(messages) > _MAX_MESSAGES:
            raise ValueError(f"messages: should be a list of 1 to {_MAX_MESSAGES:,} messages")
        found: dict[str, object] = {
            "id": key,
            "messages": [self._message(m, record.line, where) for m in messages],
        }
        for field in ("liked", "disliked", "seen"):
            found[field] = self._items(raw.get(field), field, record.line, where)
        return found

    def _message(self, raw: Any, line: int, where: Place) -> dict[str, object]:
        if not isinstance(raw, dict) or not isinstance(raw.get("content"), str):
            raise ValueError("messages: each needs a role and a content")
        role = _ROLES.get(str(raw.get("role", "")).casefold())
        if role is None:
            raise ValueError("messages: each role is user or assistant")
        items = self._items(raw.get("items"), "items", line, where)
        return {"role": role, "content": clean(raw["content"]), "items": items}

    def _items(self, raw: Any, field: str, line: int, where: Place) -> list[str]:
        if raw is None:
            return []
        if not isinstance(raw, list):
            raise ValueError(f"{field}: should be a list of item ids")
        ids = [_id(value) for value in raw[:1000]]
        for item in ids:
            if item not in self._known:
                what = "no such item in the catalogue"
                where.add(line, field, what, shortened(item), "unknown item")
        return [item for item in ids if item in self._known]


def _only(raw: list[Any]) -> Mapping[str, object]:
    found: Mapping[str, object] = raw[0]
    return found


def _id(raw: Any) -> str:
    if missing(raw) or isinstance(raw, bool | list | dict):
        return ""
    return clean(int(raw) if isinstance(raw, float) and raw.is_integer() else raw)


def _time(raw: Any) -> float | None:
    """Unix seconds of a number, a date or an ISO text; None where it is none of them."""
    if isinstance(raw, datetime):
        return raw.replace(tzinfo=raw.tzinfo or UTC).timestamp()
    try:
        number = float(raw)
    except (TypeError, ValueError):
        try:
            parsed = datetime.fromisoformat(str(raw).strip().replace("Z", "+00:00"))
        except ValueError:
            return None
        return parsed.replace(tzinfo=parsed.tzinfo or UTC).timestamp()
    # Milliseconds are told by their size.
    return number / 1000 if number > 1e11 else number if math.isfinite(number) else None
