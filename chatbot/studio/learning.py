"""What a user's earlier drafts teach: whose items are unwanted, how their own sentences sound."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.studio.brief import Voice
from chatbot.studio.store import DraftStore
from chatbot.studio.voice import learn
from chatbot.values import Language


def unwanted(store: DraftStore, user: str, catalogue: str) -> frozenset[str]:
    """Items of drafts over a catalogue that a user threw away and of none that was kept."""
    thrown: set[str] = set()
    kept: set[str] = set()
    for record in store.list(user, limit=200):
        if record.fate and record.catalogue == catalogue:
            items = store.get(record.id).brief.items
            (thrown if record.fate == "thrown" else kept).update(items)
    return frozenset(thrown - kept)


def voice(store: DraftStore | None, user: str, language: Language, samples: Sequence[str]) -> Voice:
    """A voice card from samples and from the drafts a user kept after editing.

    Raises:
        InputError: there is too little text to tell.
    """
    texts = list(samples)
    for record in store.list(user, limit=100) if store is not None else ():
        if record.fate == "edited" and record.language == language:
            draft = store.get(record.id) if store is not None else None
            own = [s.text for b in draft.blocks for s in b.sentences if not s.made] if draft else []
            texts.append(" ".join(own))
    return learn(texts, language)
