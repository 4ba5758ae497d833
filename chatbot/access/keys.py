"""API keys: what programs call the API with. Only a digest is kept; the key itself is shown once.

A key is 32 random bytes, so a plain digest protects it: there is nothing to guess from.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast, get_args

import sqlalchemy as sa

from chatbot.errors import InputError, NotFoundError
from chatbot.storage.database import Database
from chatbot.storage.tables import api_keys, key_usage

PREFIX = "smk_"
"""What every key begins with; nothing else that clients send does."""

Scope = Literal["chat", "search", "drafts", "openai", "mcp", "desk", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
USUAL: tuple[Scope, ...] = ("chat", "search")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key without its secret.

    Attributes:
        id: names it in lists and logs; the key itself begins with `smk_` and this.
        per_minute: requests a minute; 0 = as many as anybody.
        per_day: turns and drafts a day (UTC); 0 = no quota.
        expires, revoked: Unix seconds, or None.
    """

    id: str
    name: str
    scopes: tuple[Scope, ...]
    per_minute: int = 0
    per_day: int = 0
    created: float = 0.0
    expires: float | None = None
    revoked: float | None = None

    def live(self, now: float) -> bool:
        """Whether it still opens anything."""
        return self.revoked is None and (self.expires is None or now < self.expires)


class KeyStore:
    """Keys in the database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def create(
        self,
        name: str,
        scopes: Sequence[str] = USUAL,
        *,
        per_minute: int = 0,
        per_day: int = 0,
        days: int | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key and its text, which is not kept.

        Raises:
            InputError: no name, an unknown scope or an impossible quota.
        """
        if not name.strip() or len(name) > _LONGEST or not name.isprintable():
            raise InputError(f"a key has a name of 1 to {_LONGEST} characters.")
        unknown = [s for s in scopes if s not in SCOPES]
        if unknown or not scopes:
            raise InputError(
                f"unknown scope {unknown[0][:40]!r}." if unknown else "a key needs a scope.",
                hint=f"Use {', '.join(SCOPES)}.",
            )
        if per_minute < 0 or per_day < 0 or (days is not None and days < 1):
            raise InputError("quotas are not negative, and a key lives a day at least.")
        now = time.time()
        given = cast(tuple[Scope, ...], tuple(s for s in SCOPES if s in scopes))
        key = ApiKey(
            secrets.token_hex(6), name.strip(), given, per_minute, per_day, now,
            now + days * 86400 if days else None,
        )  # fmt: skip
        text = f"{PREFIX}{key.id}_{secrets.token_urlsafe(32)}"
        with self._db.write() as c:
            c.execute(
                api_keys.insert().values(
                    id=key.id,
                    digest=digest_of(text),
                    name=key.name,
                    scopes=json.dumps(key.scopes),
                    per_minute=per_minute,
                    per_day=per_day,
                    created=now,
                    expires=key.expires,
                    revoked=None,
                )
            )
        return key, text

    def find(self, text: str) -> ApiKey | None:
        """The live key with this text, or None."""
        if not text.startswith(PREFIX) or len(text) > 200:
            return None
        with self._db.read() as c:
            query = sa.select(api_keys).where(api_keys.c.digest == digest_of(text))
            row = c.execute(query).mappings().first()
        key = _key(row) if row is not None else None
        return key if key is not None and key.live(time.time()) else None

    def list(self) -> tuple[ApiKey, ...]:
        """All keys, revoked ones too, oldest first."""
        with self._db.read() as c:
            rows = c.execute(sa.select(api_keys).order_by(api_keys.c.created)).mappings()
            return tuple(_key(row) for row in rows)

    def revoke(self, key_id: str) -> ApiKey:
        """End a key at once; revoking it again changes nothing.

        Raises:
            NotFoundError: there is no key with this id.
        """
        # Whoever pastes the whole key means the same one.
        key_id = key_id.removeprefix(PREFIX).partition("_")[0]
        with self._db.write() as c:
            row = c.execute(sa.select(api_keys).where(api_keys.c.id == key_id)).mappings().first()
            if row is None:
                raise NotFoundError("there is no such key.", hint="See `keys list`.")
            if row["revoked"] is None:
                c.execute(
                    api_keys.update().where(api_keys.c.id == key_id).values(revoked=time.time())
                )
        return next(key for key in self.list() if key.id == key_id)

    def used_today(self, key_id: str) -> int:
        """Turns of a key since midnight UTC."""
        with self._db.read() as c:
            query = sa.select(key_usage.c.turns).where(
                key_usage.c.key == key_id, key_usage.c.day == _today()
            )
            return int(c.execute(query).scalar() or 0)

    def spend(self, key: ApiKey) -> bool:
        """Count one turn of a key; False, and nothing counted, where its day's quota is used up.

        Safe between processes: the count is read and written in one transaction.
        """
        here = (key_usage.c.key == key.id) & (key_usage.c.day == _today())
        with self._db.write() as c:
            used = c.execute(sa.select(key_usage.c.turns).where(here)).scalar()
            if key.per_day and (used or 0) >= key.per_day:
                return False
            if used is None:
                c.execute(key_usage.insert().values(key=key.id, day=_today(), turns=1))
            else:
                c.execute(key_usage.update().where(here).values(turns=used + 1))
        return True


def digest_of(text: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(b"sommelier key:" + text.encode()).hexdigest()


def until_midnight(now: float) -> int:
    """Seconds until quotas begin anew, at least 1.

    >>> until_midnight(86400 - 10)
    10
    """
    return max(1, 86400 - int(now) % 86400)


def _today() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d")


def _key(row: sa.RowMapping) -> ApiKey:
    return ApiKey(
        row["id"], row["name"], tuple(json.loads(row["scopes"])), row["per_minute"],
        row["per_day"], row["created"], row["expires"], row["revoked"],
    )  # fmt: skip
