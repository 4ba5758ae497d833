"""The composer: the same brief gives the same text, all of it is on record, nothing repeats."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest

from chatbot.studio import lexicon
from chatbot.studio.brief import KINDS, TONES, Brief, brief_of
from chatbot.studio.draft import Draft, length_of, plain, size
from chatbot.studio.formats import POST_LIMITS
from chatbot.studio.ledger import audit
from chatbot.studio.overlap import compare
from chatbot.studio.planner import patterns
from chatbot.studio.plans import write
from chatbot.studio.register import Register
from chatbot.values import Language
from retrieval.catalogue import Catalogue

LANGUAGES: tuple[Language, ...] = ("en", "zh")
RUNNING = ("paragraph", "bullet", "post", "shot", "question")


def drafted(brief: Brief, catalogue: Catalogue) -> Draft:
    return write(brief, catalogue, random.Random(brief.seed()))


def some(catalogue: Catalogue, seed: int, count: int) -> list[str]:
    return random.Random(seed).sample([i.id for i in catalogue.items], count)


def paragraphs(draft: Draft) -> list[str]:
    language = draft.brief.language
    return [plain(b.text(language)) for b in draft.blocks if b.shape in RUNNING]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_supported_original_and_steady(
    kind: str, language: Language, films: Catalogue, register: Register
) -> None:
    for seed, tone in enumerate(TONES):
        count = {"review": 1, "comparison": 2}.get(kind, 4)
        brief = brief_of(
            kind, language=language, tone=tone, items=some(films, seed, count),
            topic=("", "quiet evenings" if language == "en" else "安静的夜晚")[seed % 2],
            length=("short", "medium", "long")[seed % 3],
        )  # fmt: skip
        draft = drafted(brief, films)
        assert draft == drafted(brief, films)
        found = audit(draft, register)
        assert [(e.text, e.why) for e in found.open] == []
        assert all(e.sources for e in found.entries if e.verdict == "supported")
        overlap = compare(draft, register)
        assert overlap.original, overlap
        assert {b.item for b in draft.blocks if b.item} == set(brief.items)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_slot_or_mark_is_left_in_a_text(language: Language, films: Catalogue) -> None:
    for seed in range(12):
        brief = brief_of("article", language=language, items=some(films, seed, 3), length="long")
        for text in paragraphs(drafted(brief, films)):
            assert not re.search(r"[{}\ue000-\uf8ff]|\bNone\b|  |\.\.|。。", text), text
            if language == "en":
                assert not re.search(r"\b(a) [aeio]\w+", text) or "a one" in text, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_fifty_drafts_of_one_brief_share_no_paragraph(language: Language, films: Catalogue) -> None:
    """Nor do they repeat a sentence inside, and their wording varies."""
    ids = [i.id for i in films.items]
    random.Random(7).shuffle(ids)
    seen: Counter[str] = Counter()
    repeated = total = 0
    for n in range(50):
        brief = brief_of("article", language=language, items=ids[4 * n : 4 * n + 4], topic="rain")
        draft = drafted(brief, films)
        seen.update(set(paragraphs(draft)))
        texts = [s.text for b in draft.blocks if b.shape in RUNNING for s in b.sentences]
        total += len(texts)
        repeated += len(texts) - len(set(texts))
    assert [text for text, times in seen.items() if times > 1] == []
    assert repeated == 0 and total > 600


def test_other_words_for_the_same_brief(films: Catalogue) -> None:
    items = some(films, 1, 3)
    texts = {
        "\n".join(paragraphs(drafted(brief_of("article", items=items, variant=v), films)))
        for v in range(8)
    }
    assert len(texts) == 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_length_follows_the_brief(language: Language, films: Catalogue) -> None:
    items = some(films, 3, 4)
    sizes = [
        length_of(drafted(brief_of("article", language=language, items=items, length=x), films))
        for x in ("short", "medium", "long")
    ]
    assert sizes[0] < sizes[1] < sizes[2]
    asked = length_of(
        drafted(brief_of("article", language=language, items=items, length="250"), films)
    )
    assert abs(asked - 250) <= 60


def test_tone_shows(films: Catalogue) -> None:
    items = some(films, 5, 5)
    loud = drafted(brief_of("article", items=items, tone="lively"), films)
    formal = drafted(brief_of("article", items=items, tone="formal"), films)
    assert sum(t.count("!") for t in paragraphs(loud)) >= 2
    assert sum(t.count("!") for t in paragraphs(formal)) == 0
    short = re.compile(r"\b(?:it|that|there)'s\b|\bwe'd\b|n't\b", re.IGNORECASE)
    assert not any(short.search(t) for t in paragraphs(formal))
    lively = [drafted(brief_of("article", items=some(films, n, 5), tone="lively"), films)
              for n in range(5)]  # fmt: skip
    assert any(short.search(t) for d in lively for t in paragraphs(d))


def test_a_voice_is_kept(films: Catalogue) -> None:
    from chatbot.studio.voice import learn

    voice = learn(["We write. We do not shout. It is short. " * 6], "en", avoid=["Picture"])
    assert (voice.contractions, voice.exclaims, voice.address) == (False, 0.0, "we")
    for seed in range(6):
        brief = brief_of("article", items=some(films, seed, 4), tone="lively", voice=voice)
        text = " ".join(paragraphs(drafted(brief, films)))
        assert not re.search(r"[Pp]icture (?!of)", text)
        assert (
            "it's" not in text
            and text.count("!") <= sum(films[i].title.count("!") for i in brief.items) * 9
        )


def test_spoilers_are_kept_out_unless_asked_for(films: Catalogue) -> None:
    twisted = [i.id for i in films.items if "plot twist" in i.values("theme")][:3]
    assert twisted
    for item in twisted:
        for variant in range(6):
            brief = brief_of("review", items=[item], length="long", variant=variant)
            text = " ".join(paragraphs(drafted(brief, films)))
            assert not re.search(r"\b(twist|betrayal|double cross|redemption)\b", text)


def test_a_thread_keeps_within_its_posts(films: Catalogue) -> None:
    for language in LANGUAGES:
        brief = brief_of("social", language=language, items=some(films, 2, 5), length="long")
        posts = [b for b in drafted(brief, films).blocks if b.shape == "post"]
        assert len(posts) == 7
        assert all(len(plain(p.text(language))) <= POST_LIMITS[language] for p in posts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_any_domain_is_written_about(
    language: Language, shop: Catalogue, courses: Catalogue
) -> None:
    for catalogue in (shop, courses):
        register = Register(catalogue)
        for kind in KINDS:
            items = [i.id for i in catalogue.items][: 1 if kind == "review" else 3]
            draft = drafted(brief_of(kind, language=language, items=items), catalogue)
            assert audit(draft, register).open == ()
            text = " ".join(paragraphs(draft))
            assert not re.search(r"\b(film|screen|camera|story|watch)\b|电影|片长|镜头", text), text
            assert "insomnia" not in text and "previous instructions" not in text
    assert "$120" in " ".join(
        r[1] for b in drafted(brief_of("product", items=["arc"]), shop).blocks for r in b.rows
    )


def test_one_item_and_bare_items_are_enough() -> None:
    from retrieval.items import Item
    from retrieval.schema import Schema

    bare = Catalogue(
        "bare", [Item("a", "Alpha"), Item("b", "Beta"), Item("c", "Gamma")], Schema({})
    )
    for kind in KINDS:
        items = ["a", "b"] if kind == "comparison" else ["a"]
        draft = drafted(brief_of(kind, items=items), bare)
        assert draft.title and audit(draft, Register(bare)).open == ()


def test_both_languages_have_the_same_functions() -> None:
    english, chinese = lexicon.data("en"), lexicon.data("zh")
    for table in ("item", "group", "pair", "words"):
        assert english[table].keys() == chinese[table].keys(), table


def test_ties_between_items_use_only_what_ties_them() -> None:
    """What is said of both items comes from slots that hold of both."""
    both = {"shared", "sharedperson", "samemaker"}
    own = {"mood1", "maker", "made", "by", "kind", "okind", "measure", "gap", "back", "prevmood"}
    own |= {"newmood"}
    again = re.compile(r"[Bb]oth|[Ll]ike \{prev\}|again|same|share|还是|又|一样|都")
    for language in LANGUAGES:
        for pattern in patterns(language, "item", "link"):
            assert pattern.needs <= {"prev", *both, *own}, pattern.text
            if again.search(pattern.text):
                assert pattern.needs & both, pattern.text


def test_sentences_are_readable(films: Catalogue) -> None:
    limits: tuple[tuple[Language, int], ...] = (("en", 26), ("zh", 45))
    for language, most in limits:
        sizes = [
            size(s.text, language)
            for seed in range(10)
            for b in _article(films, language, seed).blocks
            if b.role == "item"
            for s in b.sentences
        ]
        assert sum(sizes) / len(sizes) < most


def _article(films: Catalogue, language: Language, seed: int) -> Draft:
    return drafted(brief_of("article", language=language, items=some(films, seed, 4)), films)
