# ruff: noqa: E501  (word lists and figures read best on one line)
"""Trains how candidates for an answer are judged: `retrieval/data/support.npz`.

    python -m benchmarks.train_support [--cache FILE.npz]

Ranking: a linear score trained by softmax over the candidates of each question. Chance: a logistic
regression on the best candidate's features, its score and its margin, over questions that the base
answers, questions it does not, and questions whose answer was taken out of it; a question is scored
by a ranking that was learned without it, or the chance would be too high for new ones. Chinese has a
head of its own, drawn to the English one, and its chance is settled on questions to real help pages:
translated roughly, it promises more than it holds.

Sources (`support_cases.py`). Questions with known answers: BankFAQ (no licence stated; only weights
are kept) with 261 paraphrases of our own (`labels/bankfaq_training.jsonl`; none of the 150 that are
measured, nor of their rows), intents of Bitext's support set (CDLA-Sharing-1.0), labels of
banking77's train split (CC BY 4.0), two small help centres of our own in English and Chinese
(`labels/support_*`), the help pages of the courses and the shop, asked in Chinese
(`labels/chinese_help.jsonl`; of the shop every other question). Off topic: clinc150's
training part and half of `oos_train` (CC BY 3.0), film requests of ReDial (CC BY 4.0), Chinese talk
about films of KdConv and about hotels of CrossWOZ (Apache-2.0). Not used: `oos_val`, the other half
of `oos_train`, the 150 paraphrases, the help pages of the shop. Only weights are stored: no
sentence, no vector. Runs for some minutes and always writes the same weights.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.results import SHARED  # noqa: E402
from benchmarks.support_cases import SHIPPED, Case, cases  # noqa: E402
from benchmarks.vectors import Kept  # noqa: E402
from chatbot.knowledge.base import embedded  # noqa: E402
from retrieval.embeddings import SentenceEmbedder  # noqa: E402
from retrieval.overlap import COLUMNS  # noqa: E402
from retrieval.passages import PassageIndex, texts_of  # noqa: E402
from retrieval.ranking import DENSE, FEATURES, Head, Weights, standing  # noqa: E402

TARGET = ROOT / "retrieval" / "data" / "support.npz"
FOREIGN = 0.2
FOLDS = 5

_WORDS = [FEATURES.index(name) for name in (*COLUMNS, "no title")]
_STANDING = [FEATURES.index(f"standing by {name}") for name in ("title", "body", "words")]
_STOOD = [FEATURES.index(name) for name in ("title cosine", "body cosine", "bm25")]

_RANK, _RANK_WORDS, _RANK_PRIOR = 0.3, 10.0, 0.3
"""Penalties on the ranking's weights: all, those of words (by cross-validation: words are to help
the meaning, not to overrule it), and the distance of the Chinese ones from the English."""

_SURE, _SURE_PRIOR = 0.5, 1.0
"""The same for the chance."""


@dataclass
class Seen:
    """One question: features of its candidates and which of them are right."""

    features: np.ndarray
    right: np.ndarray
    rows: np.ndarray
    weight: float
    foreign: np.ndarray


Row = tuple[np.ndarray, bool, float]
Parts = tuple[list[Seen], list[Seen], list[Seen]]
"""(answered questions, the same with their answers taken away, questions off topic)."""


def seen(case: Case, index: PassageIndex, *, chinese: bool) -> Parts:
    """What the questions of a case look like to the ranking."""

    def judged(question: str, right: frozenset[int], weight: float) -> Seen:
        rows, features = index.judged(question)
        hits = np.array([int(r) in right for r in rows])
        foreign = np.array([(index.entries[int(r)].language == "zh") != chinese for r in rows])
        return Seen(features, hits, rows, weight, foreign)

    answered = [judged(q, right, case.weight) for q, right in case.questions]
    for at, unclear in enumerate(case.unclear):
        answered[at] = kept(
            answered[at], np.array([int(r) not in unclear for r in answered[at].rows])
        )
    return (
        answered,
        [without(one) for one in answered if (~one.right).sum() > 2],
        [judged(q, frozenset(), case.weight) for q in case.others],
    )


def without(one: Seen) -> Seen:
    """The question as if what answers it were not there."""
    found = kept(one, ~one.right)
    return replace(found, weight=one.weight * 0.5)


def kept(one: Seen, rows: np.ndarray) -> Seen:
    """The question with some of its candidates, as if the others were not there."""
    features = one.features[rows].copy()
    for place, column in zip(_STANDING, _STOOD, strict=True):
        features[:, place] = standing(features[:, column])
    return Seen(features, one.right[rows], one.rows[rows], one.weight, one.foreign[rows])


def ranking(
    groups: Sequence[Seen], prior: np.ndarray | None = None, words: bool = False
) -> np.ndarray:
    """(features,) weights by which right candidates come first."""
    from scipy.optimize import minimize

    groups = [g for g in groups if g.right.any() and not g.right.all()]
    base = np.zeros(len(FEATURES)) if prior is None else prior
    mask = np.ones(len(FEATURES))
    strength = np.full(len(FEATURES), _RANK if prior is None else _RANK_PRIOR)
    if words:
        mask[list(DENSE)] = 0
    elif prior is None:
        strength[_WORDS] = _RANK_WORDS
    sizes = [len(g.right) for g in groups]
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    group = np.repeat(np.arange(len(groups)), sizes)
    x = np.vstack([g.features for g in groups]).astype(np.float64) * mask
    right = np.concatenate([g.right for g in groups]).astype(np.float64)
    weight = np.array([g.weight for g in groups])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        scores = x @ w
        p = np.exp(scores - np.maximum.reduceat(scores, first)[group])
        total = np.add.reduceat(p, first)
        hit = np.maximum(np.add.reduceat(p * right, first), 1e-12)
        value = -(weight * np.log(hit / total)).sum() + (strength * (w - base) ** 2).sum()
        slope = (weight[group] * (p / total[group] - p * right / hit[group])) @ x
        return float(value), slope + 2 * strength * (w - base)

    return minimize(loss, base, jac=True, method="L-BFGS-B").x * mask


def folded(groups: Sequence[Seen], prior: np.ndarray | None, words: bool) -> list[np.ndarray]:
    """For each question a ranking that was learned from the others."""
    order = np.random.default_rng(3).permutation(len(groups))
    found: list[np.ndarray] = [np.zeros(0)] * len(groups)
    for fold in range(FOLDS):
        held = set(order[fold::FOLDS].tolist())
        rank = ranking([g for at, g in enumerate(groups) if at not in held], prior, words)
        for at in held:
            found[at] = rank
    return found


def top(one: Seen, rank: np.ndarray) -> Row:
    """(what the chance is judged by, whether the best candidate is right, its weight)."""
    scores = one.features @ rank - FOREIGN * one.foreign
    order = np.argsort(-scores, kind="stable")
    best = order[0]
    # A second copy of the same answer is no rival, nor what is in the other language.
    rivals = one.foreign[order[1:]] == one.foreign[best]
    rivals &= ~(one.right[order[1:]] & one.right[best])
    rival = order[1:][rivals][0] if rivals.any() else None
    margin = float(scores[best] - scores[rival]) if rival is not None else 3.0
    found = np.append(one.features[best], [scores[best], min(margin, 3.0)])
    return found, bool(one.right[best]), one.weight


def calibration(
    rows: Sequence[Row], words: bool = False, prior: np.ndarray | None = None
) -> np.ndarray:
    """(features + 3,) weights of the chance, its bias last."""
    from scipy.optimize import minimize

    x = np.array([r for r, _, _ in rows])
    y = np.array([float(ok) for _, ok, _ in rows])
    weight = np.array([w for _, _, w in rows])
    # As many for as against, by weight.
    weight = (
        np.where(y > 0, weight / weight[y > 0].sum(), weight / weight[y == 0].sum()) * len(rows) / 2
    )
    if words:
        x[:, list(DENSE)] = 0
    x = np.column_stack([x, np.ones(len(x))])
    base = np.zeros(x.shape[1]) if prior is None else prior
    strength = _SURE if prior is None else _SURE_PRIOR

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = np.clip(x @ w, -30, 30)
        p = 1 / (1 + np.exp(-z))
        value = -(weight * (y * np.log(p + 1e-12) + (1 - y) * np.log(1 - p + 1e-12))).sum()
        gone = np.append(2 * strength * (w - base)[:-1], 0)
        return value + strength * ((w - base)[:-1] ** 2).sum(), x.T @ (weight * (p - y)) + gone

    found = minimize(loss, base, jac=True, method="L-BFGS-B").x
    if words:
        found[list(DENSE)] = 0
    return found


def settled(sure: np.ndarray, rows: Sequence[Row], answered: int) -> np.ndarray:
    """The chance drawn to what `rows` show, the first `answered` of which should be answered, by a
    factor and a shift of its logit (Platt 1999); half of the weight is theirs.
    """
    from scipy.optimize import minimize

    z = np.array([float(np.append(found, 1.0) @ sure) for found, _, _ in rows])
    y = np.array([float(ok) for _, ok, _ in rows])
    others = max(len(rows) - answered, 1)
    weight = np.append(np.ones(answered), np.full(others, answered / others))

    def loss(ab: np.ndarray) -> float:
        p = 1 / (1 + np.exp(-np.clip(ab[0] * z + ab[1], -30, 30)))
        return float(-(weight * (y * np.log(p + 1e-12) + (1 - y) * np.log(1 - p + 1e-12))).sum())

    factor, shift = minimize(loss, np.array([1.0, 0.0])).x
    found = sure * factor
    found[-1] += shift
    return found


def learn(
    parts: Parts,
    prior: tuple[np.ndarray, np.ndarray] | None,
    words: bool,
    shipped: Parts | None = None,
) -> tuple[np.ndarray, np.ndarray, list[Row]]:
    """(weights of the ranking, of the chance, what the chance was learned from).

    Args:
        parts: all questions.
        prior: weights that these are drawn to.
        words: nothing of vectors is to count.
        shipped: the last of `parts`, questions to real help pages, which settle the chance.
    """
    answered, gone, others = parts
    before = prior[0] if prior is not None else None
    rank = ranking(answered, before, words)
    own = folded(answered, before, words)
    rows = [top(one, by) for one, by in zip(answered, own, strict=True)]
    rows += [top(one, rank) for one in (*gone, *others)]
    sure = calibration(rows, words, prior[1] if prior is not None else None)
    if shipped is not None:
        asked = rows[len(answered) - len(shipped[0]) : len(answered)]
        away = [top(one, rank) for one in (*shipped[1], *shipped[2])]
        sure = settled(sure, [*asked, *away], len(asked))
    return rank, sure, rows


def main() -> None:
    if not SHARED.is_dir():
        print("the development data is not here; nothing was trained.")
        return
    cache = Kept.of(sys.argv)
    embedder = SentenceEmbedder()
    blank = Head(np.zeros(len(FEATURES), np.float32), np.zeros(len(FEATURES) + 2, np.float32), 0.0)
    made: dict[str, Parts] = {}
    shipped: Parts = ([], [], [])
    for language, group in zip(("en", "zh"), cases(random.Random(7)), strict=True):
        parts: Parts = ([], [], [])
        for case in group:
            vectors = embedded(texts_of(case.entries), embedder, cache)
            index = PassageIndex(case.entries, vectors, embedder, Weights(blank, blank))
            found = seen(case, index, chinese=language == "zh")
            for into, part in zip(parts, found, strict=True):
                into.extend(part)
            if case.name.endswith(SHIPPED):
                for into, part in zip(shipped, found, strict=True):
                    into.extend(part)
            print(case.name, len(case.questions), len(case.others), flush=True)
        made[language] = parts
    cache.save()
    stored: dict[str, np.ndarray] = {}
    for suffix, words in (("", False), ("_words", True)):
        prior: tuple[np.ndarray, np.ndarray] | None = None
        for language in ("en", "zh"):
            real = shipped if language == "zh" else None
            rank, sure, rows = learn(made[language], prior, words, real)
            prior = prior or (rank, sure)
            stored[f"{language}{suffix}_rank"] = rank.astype(np.float32)
            stored[f"{language}{suffix}_sure"] = sure.astype(np.float32)
            report(language + suffix, rank, rows, sure, len(made[language][0]))
    np.savez_compressed(TARGET, model=np.array(embedder.name), **stored)
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size:,} bytes")


def report(
    name: str, rank: np.ndarray, rows: Sequence[Row], sure: np.ndarray, answered: int
) -> None:
    chances = np.array([1 / (1 + np.exp(-(float(np.append(r, 1.0) @ sure)))) for r, _, _ in rows])
    right = np.array([ok for _, ok, _ in rows])
    print(f"\n{name}: top-1 by cross-validation {right[:answered].mean():.3f}")
    for feature, weight in zip(FEATURES, rank, strict=True):
        print(f"  {feature:28s} {weight:7.2f}")
    print("  sure", np.round(sure, 2))
    for at in (0.4, 0.5, 0.6, 0.7):
        asked = chances[:answered] >= at
        print(
            f"  at {at}: answered right {(asked & right[:answered]).mean():.3f}, answered wrong "
            f"{(asked & ~right[:answered]).mean():.3f}, not to be answered {(chances[answered:] >= at).mean():.3f}"
        )


if __name__ == "__main__":
    main()
