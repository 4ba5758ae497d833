"""Where the assistant is embedded: a site has a name, allowed origins, a catalogue and a secret.

The secret is shared with the site's server, which signs its visitors' ids with it
(`chatbot.access.signed`). It never leaves this server again after `create` or `renew`.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import sqlalchemy as sa

from chatbot.errors import InputError, NotFoundError
from chatbot.storage.database import Database
from chatbot.storage.tables import sites

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
MOST_ORIGINS = 50
_MOST_OPTIONS, _MOST_OPTION = 50, 2000


@dataclass(frozen=True, slots=True)
class Site:
    """One place where the assistant is embedded.

    Attributes:
        name: what pages say in `data-site`.
        origins: who may call from a browser, exactly as browsers send `Origin`; none = nobody.
        catalogue: what its conversations are about.
        secret: signs its visitors; never shown to clients.
        options: what the operator set for its widget (colours, greeting …), text by name.
    """

    name: str
    origins: tuple[str, ...]
    catalogue: str
    secret: str = field(repr=False)
    created: float = 0.0
    options: Mapping[str, str] = field(default_factory=dict)

    def allows(self, origin: str) -> bool:
        """Whether a browser's `Origin` is one of ours.

        >>> Site("shop", ("https://shop.example",), "goods", "").allows("https://shop.example")
        True
        """
        return origin in self.origins


def origin_of(text: str) -> str:
    """An origin as browsers write it: scheme, host in lower case, port unless it is the usual one.

    Raises:
        InputError: it is not an http(s) origin; patterns and "null" are refused.

    >>> origin_of("HTTPS://Shop.Example:443/")
    'https://shop.example'
    """
    try:
        parts = urlsplit(text.strip())
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port
    except (ValueError, UnicodeError):
        raise _not_an_origin(text) from None
    host = f"[{host}]" if ":" in host else host
    extra = parts.query or parts.fragment or parts.username or parts.path not in ("", "/")
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or extra:
        raise _not_an_origin(text)
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, usual) else "")


def _not_an_origin(text: str) -> InputError:
    return InputError(
        f"{text[:80]!r} is not an origin.",
        hint="Write scheme and host as in https://shop.example, without a path or a pattern.",
    )


def origins_of(texts: Sequence[str]) -> tuple[str, ...]:
    """Several origins, each once, in order.

    Raises:
        InputError: see `origin_of`; or there are too many.
    """
    found = tuple(dict.fromkeys(map(origin_of, texts)))
    if len(found) > MOST_ORIGINS:
        raise InputError(f"a site has at most {MOST_ORIGINS} origins.")
    return found


class SiteStore:
    """Sites in the database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def create(
        self,
        name: str,
        origins: Sequence[str],
        catalogue: str,
        options: Mapping[str, str] | None = None,
    ) -> Site:
        """Keep a new site with a secret of its own.

        Raises:
            InputError: an unacceptable or taken name, or an origin that is none.
        """
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name[:60]!r} cannot name a site.",
                hint="Use 1 to 40 small letters, digits and hyphens.",
            )
        site = Site(
            name, origins_of(origins), catalogue, new_secret(), time.time(), _options(options or {})
        )
        with self._db.write() as c:
            if c.execute(sa.select(sites.c.name).where(sites.c.name == name)).first():
                raise InputError(f"there is a site {name!r} already.", hint="Choose another name.")
            c.execute(sites.insert().values(**_row(site)))
        return site

    def change(
        self,
        name: str,
        *,
        origins: Sequence[str] | None = None,
        catalogue: str | None = None,
        options: Mapping[str, str] | None = None,
        renew: bool = False,
    ) -> Site:
        """Change what is given; options are merged, an empty one is taken away.

        With `renew` the site gets a new secret: whatever was signed with the old one ends.

        Raises:
            NotFoundError: there is no such site.
            InputError: an origin that is none, or too many options.
        """
        with self._db.write() as c:
            row = c.execute(sa.select(sites).where(sites.c.name == name)).mappings().first()
            if row is None:
                raise _missing(name)
            old = _site(row)
            merged = {**old.options, **(options or {})}
            site = Site(
                name,
                old.origins if origins is None else origins_of(origins),
                catalogue or old.catalogue,
                new_secret() if renew else old.secret,
                old.created,
                _options({key: value for key, value in merged.items() if value}),
            )
            c.execute(sites.update().where(sites.c.name == name).values(**_row(site)))
        return site

    def get(self, name: str) -> Site:
        """A site by name.

        Raises:
            NotFoundError: there is none.
        """
        with self._db.read() as c:
            row = c.execute(sa.select(sites).where(sites.c.name == name)).mappings().first()
        if row is None:
            raise _missing(name)
        return _site(row)

    def list(self) -> tuple[Site, ...]:
        """All sites, by name."""
        with self._db.read() as c:
            rows = c.execute(sa.select(sites).order_by(sites.c.name)).mappings()
            return tuple(_site(row) for row in rows)

    def delete(self, name: str) -> None:
        """Delete a site; conversations held on it stay.

        Raises:
            NotFoundError: there is none.
        """
        with self._db.write() as c:
            if not c.execute(sites.delete().where(sites.c.name == name)).rowcount:
                raise _missing(name)


def new_secret() -> str:
    """An unguessable secret."""
    return secrets.token_urlsafe(32)


def _options(options: Mapping[str, str]) -> dict[str, str]:
    if len(options) > _MOST_OPTIONS or any(
        len(k) > 64 or len(v) > _MOST_OPTION for k, v in options.items()
    ):
        raise InputError(
            f"a site has at most {_MOST_OPTIONS} options of {_MOST_OPTION} characters."
        )
    return dict(options)


def _row(site: Site) -> dict[str, object]:
    return {
        "name": site.name,
        "catalogue": site.catalogue,
        "origins": json.dumps(site.origins),
        "options": json.dumps(dict(site.options), ensure_ascii=False),
        "secret": site.secret,
        "created": site.created,
    }


def _site(row: Mapping[str, object] | sa.RowMapping) -> Site:
    return Site(
        str(row["name"]),
        tuple(json.loads(str(row["origins"]))),
        str(row["catalogue"]),
        str(row["secret"]),
        float(str(row["created"])),
        json.loads(str(row["options"])),
    )


def _missing(name: str) -> NotFoundError:
    return NotFoundError(
        f"there is no site {name[:60]!r}.",
        hint="Create it with `python app.py sites create NAME --origin https://…`.",
    )
