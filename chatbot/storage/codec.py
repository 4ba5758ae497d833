"""Frozen values to JSON text and back, through pydantic."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

T = TypeVar("T")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def dump(value: object) -> str:
    """A value as JSON text. NaN and infinity are refused by the database's readers: use None."""
    return _adapter(cast(Hashable, type(value))).dump_json(value).decode()


def load(kind: type[T], text: str) -> T:
    """JSON text as a value of `kind`.

    Raises:
        pydantic.ValidationError: the text does not describe a `kind`.
    """
    value: T = _adapter(cast(Hashable, kind)).validate_json(text)
    return value
