"""A help page and its translation: visitors get their own language where both are there."""

from __future__ import annotations

from chatbot.knowledge import Passage
from chatbot.knowledge.base import KnowledgeBase
from retrieval.embeddings import HashEmbedder


def _passage(n: int, source: str, language: str, title: str) -> Passage:
    return Passage(
        id=f"{source}{n}",
        source=source,
        trail=(title,),
        text=f"{title}.",
        language=language,  # type: ignore[arg-type]
        kind="answer",
    )


def test_the_same_place_of_the_other_file_is_the_translation() -> None:
    english = [_passage(n, "returns.md", "en", f"Question {n}") for n in range(3)]
    chinese = [_passage(n, "returns.zh.md", "zh", f"问题{n}") for n in range(3)]
    alone = _passage(0, "sizes.md", "en", "Sizes")
    longer = [_passage(n, "care.md", "en", f"Care {n}") for n in range(2)]
    shorter = _passage(0, "care.zh.md", "zh", "保养")
    base = KnowledgeBase([*english, *chinese, alone, *longer, shorter], HashEmbedder())
    assert base.twin(english[1], "zh") == chinese[1]
    assert base.twin(chinese[2], "en") == english[2]
    assert base.twin(alone, "zh") is None
    assert base.twin(longer[0], "zh") is None  # files of different lengths are no translations
