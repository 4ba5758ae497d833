from __future__ import annotations

import pytest

from chatbot.backoffice.clusters import clusters
from retrieval.embeddings import Embedder, HashEmbedder, SentenceEmbedder


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    """The bundled sentence model: what operators get."""
    return SentenceEmbedder("", "cpu")


def grouped(texts: list[str], embedder: Embedder) -> list[set[str]]:
    return [set(c.texts) for c in clusters([(t, n) for n, t in enumerate(texts)], embedder)]


def test_questions_that_say_the_same_stand_together_in_both_languages(embedder: Embedder) -> None:
    texts = [
        "do you have gift cards", "is there a gift voucher", "你们有礼品卡吗",
        "where are your tents made", "is this tent made in china",
        "可以开发票吗", "发票怎么开", "运费是多少", "what is the shipping cost",
    ]  # fmt: skip
    found = grouped(texts, embedder)
    assert set(texts[:3]) in found
    assert set(texts[3:5]) in found
    assert set(texts[5:7]) in found
    assert set(texts[7:]) in found


def test_the_same_words_count_once_as_text_and_each_time_as_question() -> None:
    asked = [("Engraving?", 1.0), ("engraving?", 5.0), ("  Engraving? ", 3.0), ("lost parcel", 9.0)]
    first, second = clusters(asked, HashEmbedder())
    assert (first.count, len(first.texts), first.latest) == (3, 1, 5.0)
    assert second.texts == ("lost parcel",)


def test_nothing_and_one() -> None:
    assert clusters([], HashEmbedder()) == ()
    assert clusters([("hello there", 0.0)], HashEmbedder())[0].count == 1
