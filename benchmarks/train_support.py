# ruff: noqa: E501  (word lists and figures read best on one line)
"""Trains how candidates for an answer are judged: `retrieval/data/support.npz`.

    python benchmarks/train_support.py

Ranking: a linear score trained by softmax over the candidates of each question. Chance: a logistic
regression on the best candidate's features, its score and its margin, over questions that the base
answers, questions it does not, and questions whose answer was taken out of it.

Sources. Questions with known answers: BankFAQ (no licence stated; only weights are kept) with 100
paraphrases of our own (`labels/bankfaq_training.jsonl`; none of the 150 that are measured), intents of
Bitext's support set (CDLA-Sharing-1.0), labels of banking77's train split (CC BY 4.0), and two small
help centres of our own in English and Chinese (`labels/support_*`). Off topic: clinc150's training
part and `oos_train` (CC BY 3.0), film requests of ReDial (CC BY 4.0), Chinese talk about films of
KdConv and about hotels of CrossWOZ (Apache-2.0). `oos_val` and the 150 paraphrases are not used.
Only weights are stored: no sentence, no vector.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.results import SHARED  # noqa: E402
from chatbot.knowledge.base import entries_of  # noqa: E402
from chatbot.knowledge.pairs import readable  # noqa: E402
from chatbot.knowledge.read import read_document  # noqa: E402
from chatbot.knowledge.split import passages  # noqa: E402
from retrieval.embeddings import SentenceEmbedder  # noqa: E402
from retrieval.passages import FEATURES, Entry, PassageIndex, texts_of  # noqa: E402
from retrieval.ranking import DENSE, Head, Weights  # noqa: E402

TARGET = ROOT / "retrieval" / "data" / "support.npz"
LABELS = ROOT / "benchmarks" / "labels"
OTHERS = 250
"""Off-topic questions asked of each base."""

_MONEY = ("balance", "bill", "card", "credit", "account", "transfer", "interest", "transaction",
          "pin", "pay", "bank", "deposit", "check", "routing", "apr", "fraud", "spending", "income",
          "insurance", "tax", "rollover", "401k", "exchange_rate", "order", "insurance_change")  # fmt: skip


@dataclass
class Case:
    """Questions asked of one base."""

    name: str
    entries: list[Entry]
    questions: list[tuple[str, frozenset[int]]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    weight: float = 1.0


@dataclass
class Seen:
    """One question: features of its candidates and which of them are right."""

    features: np.ndarray
    right: np.ndarray
    rows: np.ndarray
    weight: float
    foreign: np.ndarray


def lines(name: str) -> list[dict[str, Any]]:
    text = (LABELS / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line]


def bank() -> tuple[list[Entry], list[str]]:
    rows = list(csv.DictReader((SHARED / "bankfaq" / "BankFAQs.csv").open(encoding="utf-8")))
    entries = [
        Entry(str(i), " ".join(r["Question"].split()), r["Answer"][:900])
        for i, r in enumerate(rows)
    ]
    return entries, [r["Class"] for r in rows]


def alike(entries: Sequence[Entry], row: int) -> frozenset[int]:
    """Rows that give the same answer, or answer the same question."""
    from retrieval.schema import fold

    def asks(text: str) -> str:
        return " ".join(w for w in fold(text).split() if w not in ("a", "an", "the"))

    title, body = asks(entries[row].title), fold(entries[row].body)
    return frozenset(
        i for i, e in enumerate(entries) if asks(e.title) == title or fold(e.body) == body
    )


def clinc(rng: random.Random) -> tuple[list[str], list[str]]:
    data = json.loads((SHARED / "clinc150" / "data_train_val.json").read_text(encoding="utf-8"))
    inside = [text for text, intent in data["train"] if not any(w in intent for w in _MONEY)]
    rng.shuffle(inside)
    return [text for text, _ in data["oos_train"]], inside


def film_requests(rng: random.Random) -> list[str]:
    found: list[str] = []
    with (SHARED / "redial" / "train_dialogues.jsonl").open(encoding="utf-8") as file:
        for _, line in zip(range(1500), file, strict=False):
            found += [m["content"] for m in json.loads(line)["messages"] if m["role"] == "user"]
    found = [text for text in found if 20 < len(text) < 120]
    rng.shuffle(found)
    return found


def chinese_talk(rng: random.Random) -> list[str]:
    found: list[str] = []
    talks = json.loads((SHARED / "kdconv" / "film_dev.json").read_text(encoding="utf-8"))
    found += [m["message"] for d in talks for m in d["messages"][::2]]
    with gzip.open(SHARED / "crosswoz" / "val.json.gz", "rb") as file:
        for dialogue in json.loads(file.read()).values():
            found += [m["content"] for m in dialogue["messages"] if m["role"] == "usr"]
    found = [t for t in found if 5 < len(t) < 60]
    rng.shuffle(found)
    return found


def policy(language: str) -> list[Entry]:
    name = "support_policy.md" if language == "en" else "support_policy.zh.md"
    document = read_document(LABELS / name, name)
    return entries_of(
        [p for p in passages(document) if len(p.trail) and "Paper & Ink" not in p.title]
    )


_PAIRED = {
    "配送范围": "Where we deliver", "送货时间": "Delivery times", "运费": "Costs",
    "查物流": "Following your parcel", "包裹没到": "A parcel that does not arrive",
    "怎么退货": "How to return something", "退货期限": "Time limit",
    "不能退的商品": "What cannot be returned", "退款到账": "Refunds",
    "换颜色或型号": "Exchanging for another size or colour", "商品破损或发错": "Damaged or wrong goods",
    "保修": "Warranty", "付款方式": "Ways to pay", "开发票": "Invoices", "礼品卡": "Gift cards",
    "优惠券": "Discount codes", "忘记密码": "Forgotten password", "修改收货地址": "Changing your address",
    "取消订单": "Cancelling an order", "隐私": "Privacy", "门店营业时间": "Our shop in Cologne",
}  # fmt: skip


def cases(rng: random.Random) -> tuple[list[Case], list[Case]]:
    """(cases in English, cases in Chinese)."""
    entries, classes = bank()
    oos, inside = clinc(rng)
    films = film_requests(rng)
    asked = [(str(r["text"]), alike(entries, r["row"])) for r in lines("bankfaq_training.jsonl")]
    others = [*oos, *inside[:OTHERS], *films[:120]]
    untitled = [replace(e, title=c, titled=False) for e, c in zip(entries, classes, strict=True)]
    found = [
        Case("bank", entries, asked, others, 1.0),
        Case("bank without questions", untitled, asked, others[:200], 0.3),
    ]
    shop = policy("en")
    own = lines("support_training.jsonl")

    def rows(entries: Sequence[Entry], title: str) -> frozenset[int]:
        return frozenset(i for i, e in enumerate(entries) if e.title.split(" › ")[-1] == title)

    en = [r for r in own if r["lang"] == "en"]
    zh = [r for r in own if r["lang"] == "zh"]
    none_en = [r["text"] for r in en if not r["title"]]
    none_zh = [r["text"] for r in zh if not r["title"]]
    shop_en = [(r["text"], rows(shop, r["title"])) for r in en if r["title"]]
    found.append(
        Case(
            "shop",
            shop,
            shop_en,
            [*none_en, *oos[:60], *inside[OTHERS : OTHERS + 150], *films[120:200]],
            2.0,
        )
    )
    found.append(
        Case("bitext", *labelled("bitext", rng), [*oos, *films[200:300], *inside[400:600]], 0.5)
    )
    found.append(
        Case(
            "banking77", *labelled("banking77", rng), [*oos, *films[300:400], *inside[600:800]], 0.5
        )
    )
    store = policy("zh")
    talk = chinese_talk(rng)
    shop_zh = [(r["text"], rows(store, r["title"])) for r in zh if r["title"]]
    cross = [
        (t, rows(shop, _PAIRED[r["title"]]))
        for r in zh
        if (t := r["text"]) and r["title"] in _PAIRED
    ]
    back = {v: k for k, v in _PAIRED.items()}
    cross_en = [(r["text"], rows(store, back[r["title"]])) for r in en if r["title"] in back]
    found.append(Case("shop in Chinese", store, cross_en, [*none_en, *oos[:40]], 0.5))
    chinese = [
        Case("shop", store, shop_zh, [*none_zh, *talk[:250]], 2.0),
        Case("shop in English", shop, cross, [*none_zh, *talk[250:400]], 1.0),
    ]
    return found, chinese


def labelled(name: str, rng: random.Random) -> tuple[list[Entry], list[tuple[str, frozenset[int]]]]:
    """Labels as headings without text, and a few utterances of each."""
    path = SHARED / name / "train.csv"
    key, text = ("intent", "utterance") if name == "bitext" else ("category", "text")
    said: dict[str, list[str]] = {}
    for row in csv.DictReader(path.open(encoding="utf-8")):
        said.setdefault(row[key], []).append(row[text])
    labels = sorted(said)
    entries = [Entry(label, readable(label), "") for label in labels]
    asked = [
        (text, frozenset({row}))
        for row, label in enumerate(labels)
        for text in rng.sample(said[label], 6 if name == "bitext" else 3)
    ]
    return entries, asked


def seen(
    case: Case, index: PassageIndex, *, chinese: bool
) -> tuple[list[Seen], list[Seen], list[Seen]]:
    """(answered questions, the same with their answers taken away, questions off topic)."""

    def judged(question: str, right: frozenset[int], weight: float) -> Seen:
        rows, features = index.judged(question)
        hits = np.array([int(r) in right for r in rows])
        foreign = np.array([(index.entries[int(r)].language == "zh") != chinese for r in rows])
        return Seen(features, hits, rows, weight, foreign)

    answered = [judged(q, right, case.weight) for q, right in case.questions]
    without = []
    for one in answered:
        kept = ~one.right
        if kept.sum() > 2:
            without.append(replace_rows(one, kept))
    return answered, without, [judged(q, frozenset(), case.weight) for q in case.others]


def replace_rows(one: Seen, kept: np.ndarray) -> Seen:
    return Seen(
        one.features[kept], one.right[kept], one.rows[kept], one.weight * 0.5, one.foreign[kept]
    )


def ranking(
    groups: Sequence[Seen], prior: np.ndarray | None = None, words: bool = False
) -> np.ndarray:
    from scipy.optimize import minimize

    groups = [g for g in groups if g.right.any() and not g.right.all()]
    base = np.zeros(len(FEATURES)) if prior is None else prior
    mask = np.ones(len(FEATURES))
    strength = np.full(len(FEATURES), 1.0 if prior is not None else 0.3)
    if words:
        mask[:DENSE] = 0
    elif prior is None:  # by cross-validation: words are to help the meaning, not to overrule it
        strength[DENSE:] = 10.0

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        total, gradient = 0.0, np.zeros_like(w)
        for g in groups:
            scores = g.features @ (w * mask)
            scores -= scores.max()
            p = np.exp(scores)
            right = p[g.right].sum() / p.sum()
            total -= g.weight * np.log(max(right, 1e-12))
            p_all, p_right = p / p.sum(), np.where(g.right, p, 0) / max(p[g.right].sum(), 1e-12)
            gradient += g.weight * ((p_all - p_right) @ g.features)
        return (
            total + (strength * (w - base) ** 2).sum(),
            gradient * mask + 2 * strength * (w - base),
        )

    found = minimize(loss, base, jac=True, method="L-BFGS-B").x
    return found * mask


def top(one: Seen, rank: np.ndarray, foreign: float) -> tuple[np.ndarray, bool]:
    """What the chance is judged by, and whether the best candidate is right."""
    scores = one.features @ rank - foreign * one.foreign
    order = np.argsort(-scores, kind="stable")
    best = order[0]
    # A second copy of the same answer is no rival.
    rival = next((o for o in order[1:] if not (one.right[best] and one.right[o])), None)
    margin = float(scores[best] - scores[rival]) if rival is not None else 3.0
    return np.append(one.features[best], [scores[best], min(margin, 3.0)]), bool(one.right[best])


def calibration(
    rows: Sequence[tuple[np.ndarray, bool, float]],
    words: bool = False,
    prior: np.ndarray | None = None,
) -> np.ndarray:
    from scipy.optimize import minimize

    x = np.array([r for r, _, _ in rows])
    y = np.array([float(ok) for _, ok, _ in rows])
    weight = np.array([w for _, _, w in rows])
    # As many for as against, by weight.
    weight = (
        np.where(y > 0, weight / weight[y > 0].sum(), weight / weight[y == 0].sum()) * len(rows) / 2
    )
    if words:
        x[:, :DENSE] = 0
    x = np.column_stack([x, np.ones(len(x))])
    base = np.zeros(x.shape[1]) if prior is None else prior

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = np.clip(x @ w, -30, 30)
        p = 1 / (1 + np.exp(-z))
        value = -(weight * (y * np.log(p + 1e-12) + (1 - y) * np.log(1 - p + 1e-12))).sum()
        strength = 0.5 if prior is None else 1.0
        return value + strength * ((w - base)[:-1] ** 2).sum(), x.T @ (
            weight * (p - y)
        ) + np.append(2 * strength * (w - base)[:-1], 0)

    return minimize(loss, base, jac=True, method="L-BFGS-B").x


def main() -> None:
    if not SHARED.is_dir():
        print("the development data is not here; nothing was trained.")
        return
    rng = random.Random(7)
    embedder = SentenceEmbedder()
    english, chinese = cases(rng)
    stored: dict[str, np.ndarray] = {}
    heads: dict[str, Head] = {}
    made: dict[str, tuple[list[Seen], list[Seen], list[Seen]]] = {}
    blank = Head(np.zeros(len(FEATURES), np.float32), np.zeros(len(FEATURES) + 2, np.float32), 0.0)
    for language, group in (("en", english), ("zh", chinese)):
        parts: tuple[list[Seen], list[Seen], list[Seen]] = ([], [], [])
        for case in group:
            vectors = embedder.embed(texts_of(case.entries))
            index = PassageIndex(case.entries, vectors, embedder, Weights(blank, blank))
            for into, part in zip(parts, seen(case, index, chinese=language == "zh"), strict=True):
                into.extend(part)
            print(case.name, len(case.questions), len(case.others), flush=True)
        made[language] = parts
    for suffix, words in (("", False), ("_words", True)):
        prior_rank = prior_sure = None
        for language in ("en", "zh"):
            answered, without, others = made[language]
            rank = ranking(answered, prior_rank, words)
            foreign = 0.2
            rows = [(*top(s, rank, foreign), s.weight) for s in (*answered, *without, *others)]
            sure = calibration(rows, words, prior_sure)
            if words:
                sure[:DENSE] = 0
            if language == "en":
                prior_rank, prior_sure = rank, sure
            stored[f"{language}{suffix}_rank"] = rank.astype(np.float32)
            stored[f"{language}{suffix}_sure"] = sure.astype(np.float32)
            heads[language + suffix] = Head(rank, sure[:-1], float(sure[-1]), foreign)
            report(language + suffix, rank, rows, sure, len(answered), len(without))
    np.savez_compressed(TARGET, model=np.array(embedder.name), **stored)
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size:,} bytes")


def report(
    name: str, rank: np.ndarray, rows: Sequence[tuple[np.ndarray, bool, float]], sure: np.ndarray,
    answered: int, without: int,
) -> None:  # fmt: skip
    chances = np.array([1 / (1 + np.exp(-(float(np.append(r, 1.0) @ sure)))) for r, _, _ in rows])
    right = np.array([ok for _, ok, _ in rows])
    print(f"\n{name}: top-1 {right[:answered].mean():.3f}")
    for feature, weight in zip(FEATURES, rank, strict=True):
        print(f"  {feature:28s} {weight:7.2f}")
    print("  sure", np.round(sure, 2))
    for at in (0.4, 0.5, 0.6, 0.7):
        off = chances[answered + without :]
        gone = chances[answered : answered + without]
        print(
            f"  at {at}: answered right {((chances[:answered] >= at) & right[:answered]).mean():.3f}, "
            f"answered wrong {((chances[:answered] >= at) & ~right[:answered]).mean():.3f}, "
            f"without answer {(gone >= at).mean():.3f}, off topic {(off >= at).mean():.3f}"
        )


if __name__ == "__main__":
    main()
