"""Finding passages by words alone, and learning labels: no model is needed."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.embeddings import HashEmbedder
from retrieval.labels import Labels
from retrieval.passages import Entry, PassageIndex, texts_of
from retrieval.ranking import FEATURES

ENTRIES = [
    Entry("0", "How do I return an item?", "Print the label and send the parcel back."),
    Entry("1", "What does shipping cost?", "Shipping costs 6 dollars."),
    Entry("2", "怎么退货？", "打印面单后寄回。", "zh"),
    Entry("3", "Where is the shop?", "The shop is in Cologne."),
    Entry("4", "What does shipping cost?", "Shipping costs 6 dollars."),
]


def index() -> PassageIndex:
    embedder = HashEmbedder()
    return PassageIndex(ENTRIES, embedder.embed(texts_of(ENTRIES)), embedder)


def test_finds_by_words_and_by_what_they_mean_in_the_lexicon() -> None:
    found = index()
    assert found.search("returning an item")[0].row == 0
    assert found.search("is there a delivery fee")[0].row == 1
    assert found.search("我要退货")[0].row == 2
    assert found.search("运费多少")[0].row == 1


def test_says_less_of_what_is_not_there() -> None:
    found = index()
    known = found.search("what does shipping cost")[0].chance
    unknown = found.search("who won the football match")[0].chance
    assert 0.0 <= unknown < 0.5 < known <= 1.0


def test_gives_the_same_passage_once_and_follows_favour() -> None:
    found = index()
    rows = [f.row for f in found.search("what does shipping cost", 5)]
    assert rows.count(1) + rows.count(4) == 1
    assert found.search("shop", 1, {0: 50.0})[0].row == 0
    assert found.search("  ") == ()


def built(entries: list[Entry]) -> PassageIndex:
    embedder = HashEmbedder()
    return PassageIndex(entries, embedder.embed(texts_of(entries)), embedder)


def test_tells_questions_apart_by_what_they_ask_for() -> None:
    found = built(
        [
            Entry("who", "Who can open a savings account", "Anyone above 18."),
            Entry("when", "When can I open a savings account", "At any time."),
            Entry("papers", "Which documents open a savings account", "A passport."),
        ]
    )
    assert found.search("am I eligible for a savings account")[0].row == 0
    assert found.search("savings account: from what date")[0].row == 1
    assert found.search("paperwork for a savings account")[0].row == 2


def value(found: PassageIndex, question: str, name: str) -> dict[int, float]:
    rows, features = found.judged(question)
    column = features[:, FEATURES.index(name)]
    return dict(zip(rows.tolist(), column.tolist(), strict=True))


def test_sees_what_stands_beside_a_passage_of_the_same_document_only() -> None:
    entries = [
        Entry("0", "Terms of the tractor loan", "Twelve months.", source="loans"),
        Entry("1", "Tractor loan", "For farmers.", source="loans"),
        Entry("2", "Opening hours", "Nine to five.", source="contact"),
        Entry("3", "Colours", "Red.", source=""),
        Entry("4", "Tractor loan", "Another one.", source=""),
    ]
    beside = value(built(entries), "tractor loan", "best cosine beside")
    title = value(built(entries), "tractor loan", "title cosine")
    assert beside[0] == pytest.approx(title[1]) and beside[1] == pytest.approx(title[0])
    assert all(beside[row] == pytest.approx(title[row]) for row in (2, 3, 4))


def test_knows_how_much_of_a_chinese_question_it_translates() -> None:
    assert set(value(index(), "怎么退货", "translated").values()) == {1.0}
    assert set(value(index(), "how do I return it", "translated").values()) == {1.0}
    assert max(value(index(), "铁锅生锈", "translated").values()) < 0.7


def test_a_translation_is_no_rival_of_what_it_translates() -> None:
    alone = [Entry("0", "Shipping cost", "Six dollars."), ENTRIES[0], ENTRIES[3]]
    both = [*alone, Entry("1", "运费", "六美元。", "zh")]
    once = built(alone).search("postage to pay on books")[0]
    twice = built(both).search("postage to pay on books")[0]
    assert once.row == twice.row == 0
    assert twice.chance == pytest.approx(once.chance, abs=0.05)


def test_labels_are_learned_and_kept_as_numbers() -> None:
    embedder = HashEmbedder()
    texts = [
        "my card is lost",
        "lost card",
        "card was lost",
        "top up failed",
        "my top up",
        "top up",
    ]
    vectors = embedder.embed(texts)
    owners = np.array([7, 7, 7, 9, 9, 9], dtype=np.int32)
    labels = Labels.fit(vectors, owners)
    names, chances = labels.predict(embedder.embed(["i lost a card", "top up please"]))
    assert list(names) == [7, 9]
    assert (chances > 0.5).all()
    again = Labels.of(labels.learned, vectors, owners)
    assert np.array_equal(again.predict(vectors)[1], labels.predict(vectors)[1])
    assert labels.best(vectors[0])[0] == 7
    assert labels.best(embedder.embed(["weather in Peru"])[0])[1] < 0.3
