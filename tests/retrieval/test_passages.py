"""Finding passages by words alone, and learning labels: no model is needed."""

from __future__ import annotations

import numpy as np

from retrieval.embeddings import HashEmbedder
from retrieval.labels import Labels
from retrieval.passages import Entry, PassageIndex, texts_of

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
