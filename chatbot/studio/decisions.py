"""What a writer decides about a sentence of the ledger, and what can be found to support it."""

from __future__ import annotations

from dataclasses import replace

from chatbot.errors import InputError
from chatbot.studio.brief import clean
from chatbot.studio.claims import Scope, checks, titles_in
from chatbot.studio.draft import Draft, Sentence, Source
from chatbot.studio.facets import TEXT_FACETS
from chatbot.studio.ledger import COMMON, Resolution, audit, unknown_words
from chatbot.studio.register import Register
from chatbot.studio.safety import addressed_to_us, screen
from retrieval.schema import fold


def resolve(
    draft: Draft, block: int, position: int, how: Resolution, register: Register, note: str = ""
) -> Draft:
    """The draft after a decision about one sentence.

    "remove" takes the sentence out, "opinion" keeps it as the writer's view, "support" attaches
    what can be found on record for it, or the writer's `note`.

    Raises:
        InputError: there is no such sentence, nothing supports it, or the note is refused.
    """
    if min(block, position) < 0:
        raise InputError("there is no such sentence in this draft.")
    try:
        target = draft.blocks[block]
        sentence = target.sentences[position]
    except IndexError:
        raise InputError("there is no such sentence in this draft.") from None
    kept = list(target.sentences)
    if how == "remove":
        del kept[position]
    elif how == "opinion":
        kept[position] = replace(sentence, nature="opinion", made="")
    elif how == "support":
        if note.strip():
            draft = noted(draft, note)
        found = borne_out(sentence, draft, block, register) if note.strip() else ()
        found = found or support(sentence.text, draft, register)
        if not found:
            raise InputError(
                "nothing in the catalogue or your notes supports this sentence.",
                hint="Remove it, keep it as opinion, or add a note that says where it comes from.",
            )
        kept[position] = replace(sentence, sources=(*sentence.sources, *found), made="support")
    else:
        raise InputError(f"unknown decision {how!r}.", hint="Use remove, support or opinion.")
    blocks = list(draft.blocks)
    if kept:
        blocks[block] = replace(target, sentences=tuple(kept))
    else:
        del blocks[block]
    return replace(draft, blocks=tuple(blocks))


def noted(draft: Draft, note: str) -> Draft:
    """The draft with one more note of the writer, which sentences may rest on.

    Raises:
        InputError: the note is too long, holds private data or gives orders to a machine.
    """
    text = clean(note)
    brief = replace(draft.brief, notes=(*draft.brief.notes, text))
    if len(text) > 1000 or len(brief.notes) > 40:
        raise InputError("a note has at most 1,000 characters, a draft at most 40 notes.")
    screen(brief)
    if addressed_to_us(text):
        raise InputError("this gives orders to a machine; it is not put into a text.")
    return replace(draft, brief=brief)


def borne_out(
    sentence: Sentence, draft: Draft, block: int, register: Register
) -> tuple[Source, ...]:
    """The writer's last note as a source, where nothing in the sentence is left without one.

    Raises:
        InputError: names or numbers of the sentence stand neither in the note nor on record.
    """
    trial = replace(sentence, made="")
    blocks = (replace(draft.blocks[block], sentences=(trial,)),)
    entry = audit(replace(draft, blocks=blocks), register).entries[0]
    missing = ", ".join(c.text for c in entry.checks if not c.holds)
    if missing:
        raise InputError(
            f"your note does not say: {missing[:100]}.",
            hint="Put the names and numbers of the sentence into the note.",
        )
    return (Source("note", "note", draft.brief.notes[-1]),)


def support(text: str, draft: Draft, register: Register) -> tuple[Source, ...]:
    """Sources that carry most of a sentence's words: a description or a note of the writer.

    Claims that the record contradicts find none.
    """
    items = tuple(i for x in draft.brief.items if (i := register.catalogue.get(x)) is not None)
    language = draft.brief.language
    notes = " ".join(draft.brief.notes)
    named = [i for _, i in titles_in(text, register, items) if i]
    about = tuple(register.catalogue[i] for i in dict.fromkeys(named)) or items
    if any(not c.holds for c in checks(text, Scope(about, items, notes, register, language))):
        return ()
    found: list[Source] = []
    for item in about:
        unknown, total = unknown_words(text, Scope((item,), (item,), "", register, language))
        if total and len(unknown) <= 0.34 * total:
            field = next((n for n in TEXT_FACETS if item.get(n)), "title")
            found.append(Source("field", field, item.text(field)[:200], item.id))
            break
    for note in draft.brief.notes:
        shared = set(fold(note).split()) & set(fold(text).split()) - COMMON
        if len(shared) >= 3 or fold(note) in fold(text):
            found.append(Source("note", "note", note))
    return tuple(found)
