"""What operators' programs ask: catalogues and their state, a new index, one person's data.

Only with an API key that has the scope admin. Everything else is the command line's.
"""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse

from chatbot import wire
from chatbot.api.models import (
    AdminStatusOut,
    CatalogueOut,
    ErasedOut,
    ExportOut,
    ReindexOut,
    SiteOut,
)
from chatbot.api.services import Services, ServicesIn, limited, needs
from chatbot.handoff.config import shown
from chatbot.importing.shipped import ensure_shipped
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.tables import catalogues, dialogues, feedback, interactions, items, sessions

router = APIRouter(
    prefix="/v1/admin",
    tags=["admin"],
    dependencies=[needs("admin"), Depends(limited)],
)

Name = Annotated[str, Path(min_length=1, max_length=64)]
User = Annotated[
    str,
    Path(min_length=1, max_length=128, description="As `site:SITE:VISITOR`, or as in an export."),
]


@router.get("/status")
def status(services: ServicesIn) -> AdminStatusOut:
    """What is loaded and how busy the server is."""
    found: dict[str, Any] = wire.plain(services.assistant.status())
    capacity = services.capacity
    return AdminStatusOut(
        **{key: found[key] for key in ("ready", "catalogue", "uptime_s", "embedder", "model")},
        turns_taken=capacity.taken,
        turns_at_once=capacity.running,
        turns_waiting=capacity.waiting,
    )


@router.get("/catalogues")
def listed(services: ServicesIn) -> list[CatalogueOut]:
    """Every catalogue with what was imported into it and whether its index is up to date."""
    store = CatalogueStore(services.assistant.database)
    return [_catalogue(services, store, name) for name in store.names()]


@router.get("/catalogues/{name}")
def one(name: Name, services: ServicesIn) -> CatalogueOut:
    """One catalogue with what was imported into it and whether its index is up to date."""
    store = CatalogueStore(services.assistant.database)
    store.revision(name)
    return _catalogue(services, store, name)


def _catalogue(services: Services, store: CatalogueStore, name: str) -> CatalogueOut:
    def count(c: sa.Connection, table: sa.Table) -> int:
        query = sa.select(sa.func.count()).select_from(table).where(table.c.catalogue == name)
        return int(c.execute(query).scalar() or 0)

    with services.assistant.database.read() as c:
        row = c.execute(sa.select(catalogues).where(catalogues.c.name == name)).mappings().one()
        counts = {
            table.name: count(c, table)
            for table in (items, interactions, dialogues, sessions, feedback)
        }
    loaded = services.assistant.status()["catalogues"].get(name)
    schema = store.schema(name)
    return CatalogueOut(
        name=name,
        nouns=dict(schema.nouns),
        facets={facet: found.kind for facet, found in schema.facets.items()},
        revision=row["revision"],
        created=row["created"],
        updated=row["updated"],
        serving=loaded,
        **counts,
    )


@router.post("/catalogues/{name}/reindex", status_code=202)
def reindex(name: Name, services: ServicesIn) -> ReindexOut:
    """Build the index of a catalogue anew, beside the one that serves meanwhile."""
    store = CatalogueStore(services.assistant.database)
    ensure_shipped(store, name)
    # A new revision makes every process that serves this catalogue build its index again.
    revision = store.save(name, store.schema(name), ())
    return ReindexOut(name=name, revision=revision)


@router.get("/sites")
def embedding(services: ServicesIn) -> list[SiteOut]:
    """The sites that may embed the assistant; their secrets are not told."""
    return [
        SiteOut(
            name=site.name,
            origins=list(site.origins),
            catalogue=site.catalogue,
            options=shown(site.options),
        )
        for site in services.sites.list()
    ]


@router.get("/users/{user}/export", response_model=ExportOut)
def export(user: User, services: ServicesIn) -> JSONResponse:
    """Everything kept about one user."""
    return JSONResponse(wire.plain(services.assistant.export(user)))


@router.delete("/users/{user}")
def erase(user: User, services: ServicesIn) -> ErasedOut:
    """Erase everything kept about one user, for good."""
    return ErasedOut(erased=True, sessions=services.assistant.erase(user))
