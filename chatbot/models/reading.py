"""What a model says it has read: the JSON asked for, its schema, and how it is taken in.

Untrusted: everything here is text of a model until `chatbot.models.settle` has linked it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from chatbot.models.errors import ModelError
from chatbot.values import Intent
from retrieval.schema import Schema

Heard = Literal["require", "forbid", "like", "avoid", "withdraw"]
OfTitle = Literal["like", "avoid", "seen", "about"]

MOST_WANTS, MOST_TITLES, MOST_ITEMS = 6, 4, 5
VALUE, WORDS = 40, 60
"""Most characters of a value or title, and of quoted words."""

NUMBER = r"^(<=|>=)?[0-9]{1,6}(\.[0-9]{1,2})?$|^[0-9]{1,6}-[0-9]{1,6}$"


def _good(kind: type[BaseModel]) -> Any:
    """Keeps the entries of a list that are well formed: one bad wish must not lose the others."""

    def keep(found: object) -> object:
        if not isinstance(found, list):
            return found
        good = []
        for entry in found:
            try:
                good.append(kind.model_validate(entry))
            except ValidationError:
                continue
        return good

    return BeforeValidator(keep)


class Want(BaseModel):
    """One wish, as the model heard it."""

    stance: Heard
    facet: str = Field(max_length=40)
    value: str = Field(min_length=1, max_length=2 * VALUE)
    words: str = Field(default="", max_length=2 * WORDS)


class Named(BaseModel):
    """One title, as the model heard it."""

    stance: OfTitle
    title: str = Field(min_length=1, max_length=2 * VALUE)
    words: str = Field(default="", max_length=2 * WORDS)


class ModelReading(BaseModel):
    """The whole JSON, valid."""

    language: Literal["en", "zh"] = "en"
    intent: Intent
    wants: Annotated[list[Want], _good(Want)] = []
    titles: Annotated[list[Named], _good(Named)] = []
    items: list[int] = []
    aspect: str = Field(default="", max_length=40)
    count: int = 0


def schema_for(schema: Schema) -> Mapping[str, object]:
    """The JSON schema of a reading for one catalogue. Every text and list is bounded.

    Number facets take numbers only; the order of the fields is the order they are written in.
    """
    numbers = [f.name for f in schema.facets.values() if f.kind == "number"]
    words = [f.name for f in schema.facets.values() if f.kind == "category" and not f.role]
    words += (["person"] if schema.people() else []) + ["term"]

    def want(facets: list[str], value: Mapping[str, object]) -> dict[str, object]:
        return _object(
            stance=_enum(*get_args(Heard)),
            facet=_enum(*facets),
            value=value,
            words=_text(WORDS),
        )

    kinds = [want(words, _text(VALUE, least=1))]
    if numbers:
        kinds.append(want(numbers, {"type": "string", "pattern": NUMBER}))
    named = _object(
        stance=_enum(*get_args(OfTitle)), title=_text(VALUE, least=1), words=_text(WORDS)
    )
    place = {"type": "integer", "minimum": 1, "maximum": 20}
    return _object(
        language=_enum("en", "zh"),
        intent=_enum(*get_args(Intent)),
        wants=_list(kinds[0] if len(kinds) == 1 else {"anyOf": kinds}, MOST_WANTS),
        titles=_list(named, MOST_TITLES),
        items=_list(place, MOST_ITEMS),
        aspect=_text(20),
        count={"type": "integer", "minimum": 0, "maximum": 20},
    )


def _object(**properties: object) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(of: Mapping[str, object], most: int) -> dict[str, object]:
    return {"type": "array", "items": of, "maxItems": most}


def _text(most: int, least: int = 0) -> dict[str, object]:
    return {"type": "string", "minLength": least, "maxLength": most}


def _enum(*values: str) -> dict[str, object]:
    return {"type": "string", "enum": list(values)}


def parse(text: str) -> ModelReading:
    r"""The reading in a model's text; whatever stands around the JSON is ignored.

    Raises:
        ModelError: there is no JSON object in it, or not the one asked for; the message says what
            is wrong and quotes nothing.

    >>> parse('Sure! ```json\n{"intent": "greet",}\n```').intent
    'greet'
    """
    found = _first_object(text)
    if found is None:
        raise ModelError("there is no JSON object.", retryable=True)
    try:
        return ModelReading.model_validate_json(found)
    except ValidationError:
        pass
    try:
        return ModelReading.model_validate_json(re.sub(r",\s*([}\]])", r"\1", found))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the text"
        raise ModelError(f"{where}: {first['msg']}.", retryable=True) from error


def _first_object(text: str) -> str | None:
    """The first balanced {...} of a text; strings are skipped over."""
    start = text.find("{")
    if start < 0:
        return None
    depth, quoted, escaped = 0, False, False
    for at in range(start, len(text)):
        char = text[at]
        if quoted:
            quoted = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            quoted = True
        elif char in "{}":
            depth += 1 if char == "{" else -1
            if depth == 0:
                return text[start : at + 1]
    return None


def dump(reading: Mapping[str, object]) -> str:
    """A reading as the one line of JSON that the grammar would have it."""
    return json.dumps(reading, ensure_ascii=False, separators=(",", ":"))
