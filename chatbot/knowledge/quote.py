# ruff: noqa: E501  (patterns read best on one line)
"""The sentences of a passage that answer a question, taken over word for word."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from chatbot.knowledge import Passage
from chatbot.knowledge.sentences import joined, sentences
from retrieval.bilingual import lexicon, words
from retrieval.embeddings import Embedder

SHORT = 320
"""Characters up to which a passage is quoted whole in a short answer (Chinese counts double)."""

LONG = 1400

_MOST = 16
"""Sentences that are judged by their meaning; further ones only by their words."""

_KINDS: tuple[tuple[str, str], ...] = (
    (
        r"\bhow long\b|\bhow soon\b|\bwhen\b|\bhow many (?:days|weeks)\b|deadline|多久|多长时间|几天|什么时候|多少天|几点|期限",
        r"\d|\b(?:day|hour|week|month|minute|immediately|within|until|before|after|one|two|three)s?\b|天|小时|周|月|分钟|点|日|当天",
    ),
    (
        r"\bhow much\b|\bcosts?\b|\bfees?\b|\bprice\b|\bcharges?\b|\bfree\b|多少钱|运费|收费|费用|免费|要钱|价格",
        r"\d|\bfree\b|€|\$|£|%|charge|fee|cost|元|费|免",
    ),
    (
        r"\bwhere\b|哪里|哪儿|在哪|地址",
        r"\b(?:at|in|under|on|street|page|store|shop|branch|menu)\b|在|到|门店|页",
    ),
    (
        r"^\W*(?:can|could|may|do|does|is|are|will|am)\b|吗[?？]?$|能不能|可以|是否|可不可以",
        r"^\W*(?:yes|no|you (?:can|may|cannot)|we (?:do|can|cannot))\b|\b(?:can|may|cannot|not|allowed|possible)\b|可以|不能|不可|支持|不支持",
    ),
)


def answering(question: str, passage: Passage, embedder: Embedder, most: int = SHORT) -> list[str]:
    """The sentences that answer, in the order of the passage, each as it stands there.

    A list stays with the line that introduces it. A passage of at most `most` characters is given
    whole.
    """
    found = sentences(passage.text)
    if not found or _size(passage.text) <= most:
        return found
    scores = _scores(question, found, embedder)
    best = int(np.argmax(scores))
    first, last = best, best
    # A list item needs its introduction, an introduction its list.
    while first > 0 and found[first].startswith("- "):
        first -= 1
    while last + 1 < len(found) and (
        found[last + 1].startswith("- ")
        and (found[last].startswith("- ") or _introduces(found[last]))
    ):
        last += 1
    # What goes on from the sentence before ("This …", "However …") is given with it.
    if first > 0 and re.match(
        r"(?:this|these|it|they|however|in (?:that|this) case|then|otherwise)\b|这|那|否则|但|该",
        found[first],
        re.IGNORECASE,
    ):
        first -= 1
    while _fits(found[first : last + 2], most) and last + 1 < len(found):
        before = scores[first - 1] if first else -1.0
        after = scores[last + 1]
        if first and before > after:
            if not _fits(found[first - 1 : last + 1], most):
                break
            first -= 1
        else:
            last += 1
        if max(before, after) < 0.3 * scores[best]:
            break
    return found[first : last + 1]


def _introduces(sentence: str) -> bool:
    return sentence.rstrip().endswith((":", "：")) or not re.search(r"[.!?。！？]$", sentence)


def _size(text: str) -> int:
    return len(text) + len(re.findall(r"[\u3400-\u9fff]", text))


def _fits(parts: Sequence[str], most: int) -> bool:
    return _size(joined(list(parts))) <= most


def _scores(question: str, found: Sequence[str], embedder: Embedder) -> np.ndarray:
    """How well each sentence answers, by meaning, words, and the kind of question."""
    lex = lexicon()
    asked, matters = set(words(question)), lex.found(question)
    scores = np.zeros(len(found), dtype=np.float32)
    gloss = [lex.gloss(s) or s for s in found[:_MOST]]
    vectors = embedder.embed([lex.gloss(question) or question, *gloss])
    scores[: len(gloss)] = np.maximum(vectors[1:] @ vectors[0], 0.0)
    wanted = [kind for pattern, kind in _KINDS if re.search(pattern, question, re.IGNORECASE)]
    for at, sentence in enumerate(found):
        said = set(words(sentence))
        scores[at] += 0.4 * len(asked & said) / max(len(asked), 1)
        scores[at] += 0.3 * len(matters & lex.found(sentence)) / max(len(matters), 1)
        if any(re.search(kind, sentence, re.IGNORECASE) for kind in wanted):
            scores[at] += 0.12
        scores[at] += 0.04 if at == 0 else 0.0
    return scores


def remaining(passage: Passage, quoted: Sequence[str]) -> list[str]:
    """Sentences of a passage that stand in none of the quotes."""
    said = "\n".join(quoted)
    return [s for s in sentences(passage.text) if s not in said]


def shortest(found: Sequence[str], question: str, embedder: Embedder) -> list[str]:
    """The one sentence that answers best, with the list it introduces."""
    if len(found) < 2:
        return list(found)
    best = int(np.argmax(_scores(question, found, embedder)))
    first, last = best, best
    while first > 0 and found[first].startswith("- "):
        first -= 1
    while last + 1 < len(found) and found[last + 1].startswith("- "):
        last += 1
    return list(found[first : last + 1])


def is_list(found: Sequence[str]) -> bool:
    """Whether most of it is a list."""
    return sum(s.startswith("- ") for s in found) * 2 > len(found)
