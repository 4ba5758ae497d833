"""The ledger finds what is wrong in any text, and leaves alone what is right."""

from __future__ import annotations

import random
import re

import pytest

from chatbot.errors import InputError
from chatbot.studio.brief import brief_of
from chatbot.studio.decisions import resolve, support
from chatbot.studio.draft import Block, Draft, Sentence
from chatbot.studio.ledger import Entry, audit
from chatbot.studio.overlap import compare
from chatbot.studio.plans import write
from chatbot.studio.register import Register
from retrieval.catalogue import Catalogue

ITEMS = ["heat-1995", "spirited-away-2001", "haxan-1922"]


def about(
    text: str, language: str = "en", item: str = "heat-1995", notes: list[str] | None = None
) -> Draft:
    brief = brief_of("article", language=language, items=ITEMS, notes=notes or [])
    return Draft("T", "S", (Block("paragraph", (Sentence(text),), item),), brief)


def entry(text: str, register: Register, **more: object) -> Entry:
    return audit(about(text, **more), register).entries[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("*Heat* is a crime drama from 1995, directed by Michael Mann.", "en"),
        ("*Heat* runs 170 minutes and stars Al Pacino.", "en"),
        ("Al Pacino and Robert De Niro are both in it.", "en"),
        ("It is an American film with a heist in it.", "en"),
        ("It is violent, and suits ages 16 and up.", "en"),
        ("《盗火线》是 1995 年的美国犯罪片。", "zh"),
        ("片长 170 分钟，讲的是劫案。", "zh"),
    ],
)
def test_true_statements_are_supported(text: str, language: str, register: Register) -> None:
    found = entry(text, register, language=language)
    assert (found.verdict, found.why) == ("supported", "")
    assert found.sources


@pytest.mark.parametrize(
    ("text", "language", "wrong"),
    [
        ("*Heat* came out in 1996.", "en", "1996"),
        ("*Heat* runs 95 minutes.", "en", "95"),
        ("*Heat* is a film by Ridley Scott.", "en", "Ridley Scott"),
        ("*Heat* was directed by Al Pacino.", "en", "Al Pacino"),
        ("*Heat* stars Leonora Quillfeather.", "en", "Leonora Quillfeather"),
        ("*Heat* is a French film.", "en", "french"),
        ("*Heat* is a romantic comedy.", "en", "comedy"),
        ("It is free of violence.", "en", "violence"),
        ("*Heat* won an Oscar.", "en", "Oscar"),
        ("Critics adored it.", "en", "Critics"),
        ("It is now streaming on Netflix.", "en", "streaming on"),
        ("*The Silver Turnip* is just as good.", "en", "The Silver Turnip"),
        ("《盗火线》是 1999 年的。", "zh", "1999"),
        ("《盗火线》由宫崎骏执导。", "zh", "宫崎骏"),
        ("《盗火线》是一部法国片。", "zh", "法国"),
        ("《盗火线》得过奥斯卡。", "zh", "奥斯卡"),
        ("《银色萝卜》也不错。", "zh", "银色萝卜"),
        ("这部电影没有暴力。", "zh", "暴力"),
        ("全片只有 80 分钟。", "zh", "80"),
    ],
)
def test_false_statements_are_found(
    text: str, language: str, wrong: str, register: Register
) -> None:
    found = entry(text, register, language=language)
    assert found.open, found
    assert wrong.casefold() in found.why.casefold()


def test_numbers_in_titles_and_lists_are_not_claims(register: Register) -> None:
    assert not entry("1. *Heat* is a crime drama.", register).open
    brief = brief_of("article", items=["2001-a-space-odyssey-1968"])
    if "2001-a-space-odyssey-1968" in register.catalogue:
        draft = Draft(
            "T", "S", (Block("paragraph", (Sentence("*2001: A Space Odyssey* is slow."),)),), brief
        )
        assert audit(draft, register).open == ()


def test_invented_plot_is_unsupported_and_views_are_opinions(register: Register) -> None:
    invented = entry("The detective adopts a penguin and retires to Portugal.", register)
    assert invented.verdict == "unsupported" and "penguin" in invented.why
    view = entry("We think you should give it a rainy Sunday.", register)
    assert view.verdict == "opinion"


def test_the_writers_notes_are_a_source(register: Register) -> None:
    text = "The screening begins at 8 in Harrow Hall."
    assert entry(text, register).open
    noted = entry(text, register, notes=["The screening begins at 8 in Harrow Hall"])
    assert not noted.open


def test_every_mutation_of_a_composed_draft_is_found(films: Catalogue, register: Register) -> None:
    """Change years, lengths, names and titles in true drafts: each change is reported."""
    found = total = 0
    for seed in range(12):
        items = random.Random(seed).sample([i.id for i in films.items], 3)
        for language in ("en", "zh"):
            brief = brief_of("article", language=language, items=items, length="long")
            draft = write(brief, films, random.Random(seed))
            for b, s, sentence in draft.sentences():
                if draft.blocks[b].shape != "paragraph":
                    continue
                for text in mutated(sentence.text, films, draft):
                    blocks = list(draft.blocks)
                    kept = list(blocks[b].sentences)
                    kept[s] = Sentence(text)
                    blocks[b] = Block("paragraph", tuple(kept), blocks[b].item, blocks[b].role)
                    entries = audit(draft.but(blocks=tuple(blocks)), register).entries
                    total += 1
                    found += any(e.open for e in entries if (e.block, e.position) == (b, s))
    assert total > 150
    assert found / total >= 0.97, (found, total)


def mutated(text: str, films: Catalogue, draft: Draft) -> list[str]:
    wrong = []
    for match in re.finditer(
        r"(?<![\d,])(?:19|20)\d\d(?!\d)",
        re.sub(r"《[^》]*》|\*[^*]*\*", lambda m: "x" * len(m[0]), text),
    ):
        year = int(match[0])
        if not any(i.number("year") == year + 3 for i in films.items if i.id in draft.brief.items):
            wrong.append(text[: match.start()] + str(year + 3) + text[match.end() :])
    match = re.search(r"(\d+) (minutes|分钟)", text)
    if match:
        wrong.append(text.replace(match[0], f"{int(match[1]) + 13} {match[2]}"))
    for item_id in draft.brief.items:
        for name in films[item_id].values("director"):
            if name in text and " " in name:
                wrong.append(text.replace(name, "Quentin Quillfeather"))
    return wrong


def test_decisions(register: Register) -> None:
    draft = about("*Heat* won an Oscar.")
    assert resolve(draft, 0, 0, "remove", register).blocks == ()
    kept = resolve(draft, 0, 0, "opinion", register)
    assert audit(kept, register).entries[0].verdict == "opinion"
    with pytest.raises(InputError, match="nothing in the catalogue"):
        resolve(draft, 0, 0, "support", register)
    with pytest.raises(InputError, match="no such sentence"):
        resolve(draft, 4, 0, "remove", register)
    with pytest.raises(InputError, match="unknown decision"):
        resolve(draft, 0, 0, "burn", register)  # type: ignore[arg-type]


def test_what_the_record_contradicts_cannot_be_kept_as_a_view(register: Register) -> None:
    kept = resolve(about("*Heat* came out in 1996."), 0, 0, "opinion", register)
    assert audit(kept, register).open


def test_support_is_found_in_descriptions_and_notes(register: Register) -> None:
    item = register.catalogue["heat-1995"]
    words = " ".join(item.text("overview").split()[:8])
    assert support(words, about(words), register)[0].item == "heat-1995"
    draft = about("The hall has new red seats.", notes=["The hall has new red seats since May"])
    assert support("The hall has new red seats.", draft, register)[0].kind == "note"
    assert support("A dragon eats the moon.", about("x"), register) == ()


def test_an_edited_fact_box_is_found(films: Catalogue, register: Register) -> None:
    brief = brief_of("listicle", items=["heat-1995", "haxan-1922"])
    draft = write(brief, films, random.Random(1))
    at = next(i for i, b in enumerate(draft.blocks) if b.shape == "facts")
    rows = tuple(("Year", "1987") if r[0] == "Year" else r for r in draft.blocks[at].rows)
    blocks = list(draft.blocks)
    blocks[at] = Block("facts", blocks[at].sentences, blocks[at].item, "facts", rows=rows)
    assert [e.text for e in audit(draft.but(blocks=tuple(blocks)), register).open] == ["Year: 1987"]


def test_copied_sentences_are_found(register: Register) -> None:
    overview = register.catalogue["heat-1995"].text("overview")
    copied = compare(about(overview), register)
    assert copied.runs and copied.share > 0.5 and not copied.original
    assert compare(about("*Heat* is a crime drama from 1995."), register).original


def test_sentences_that_mean_the_same_are_found(register: Register) -> None:
    import numpy as np

    from retrieval.embeddings import HashEmbedder

    overview = register.catalogue["heat-1995"].text("overview")
    embedder = HashEmbedder()
    shuffled = " ".join(sorted(overview.split(". ")[0].split()))
    found = compare(
        about(shuffled), register, lambda texts: np.asarray(embedder.embed(list(texts)))
    )
    assert [item for item, _, _ in found.near] == ["heat-1995"] or found.share >= 0
