"""Items and search: what may be recommended, for anyone to look at."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from chatbot import wire
from chatbot.api.models import CardOut, ItemOut, SearchOut
from chatbot.api.services import ServicesIn, limited, needs
from chatbot.errors import NotFoundError

router = APIRouter(
    prefix="/v1", tags=["catalogue"], dependencies=[needs("search"), Depends(limited)]
)

Name = Annotated[str | None, Query(max_length=64, description="Default: the server's own.")]


@router.get("/items/{item_id:path}")
def item(item_id: str, services: ServicesIn, catalogue: Name = None) -> ItemOut:
    """One row of a catalogue with its recorded facts."""
    if not 1 <= len(item_id) <= 256:
        raise NotFoundError("there is no such item.", hint="Look it up with /v1/search.")
    return ItemOut.model_validate(wire.item(services.assistant.item(item_id, catalogue)))


@router.get("/search")
def search(
    services: ServicesIn,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=400,
            description="Words, a title, a name.",
            examples=["spirited away", "科幻"],
        ),
    ],
    k: Annotated[int, Query(ge=1, le=50)] = 10,
    catalogue: Name = None,
) -> SearchOut:
    """Items for these words, best first."""
    text = services.checked(q)
    found = services.assistant.search(text, k=k, catalogue=catalogue)
    cards = [CardOut.model_validate(wire.plain(wire.card(card))) for card in found]
    return SearchOut(query=text, items=cards)
