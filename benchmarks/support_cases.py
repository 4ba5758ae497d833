# ruff: noqa: E501  (word lists and figures read best on one line)
"""Questions with known answers, and questions without, to learn from and to measure by.

Everything comes from the development data beside the checkout and from `labels/`; `labels/README.md`
says how each set was written.
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

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.results import SHARED  # noqa: E402
from chatbot.knowledge import Passage  # noqa: E402
from chatbot.knowledge.base import entries_of  # noqa: E402
from chatbot.knowledge.pairs import readable  # noqa: E402
from chatbot.knowledge.read import read_document  # noqa: E402
from chatbot.knowledge.split import passages  # noqa: E402
from retrieval.bilingual import words  # noqa: E402
from retrieval.passages import Entry  # noqa: E402

LABELS = ROOT / "benchmarks" / "labels"
OTHERS = 250
"""Off-topic questions asked of each base."""

SHIPPED = " that ship"
"""How names of cases end that ask help pages of catalogues that ship."""

_NEAR = 85.0
"""Per cent of likeness from which two answers say the same."""

UNSEEN = 50
"""From this one on, the questions of clinc150's `oos_train` are only measured by."""

_MONEY = ("balance", "bill", "card", "credit", "account", "transfer", "interest", "transaction",
          "pin", "pay", "bank", "deposit", "check", "routing", "apr", "fraud", "spending", "income",
          "insurance", "tax", "rollover", "401k", "exchange_rate", "order", "insurance_change")  # fmt: skip


@dataclass
class Case:
    """Questions asked of one base.

    Attributes:
        questions: with the rows that answer them.
        unclear: for each question rows that may answer it; empty where there are none for any.
        others: questions that nothing answers.
    """

    name: str
    entries: list[Entry]
    questions: list[tuple[str, frozenset[int]]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    weight: float = 1.0
    unclear: list[frozenset[int]] = field(default_factory=list)


def lines(name: str) -> list[dict[str, Any]]:
    text = (LABELS / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line]


def bank() -> tuple[list[Entry], list[str]]:
    rows = list(csv.DictReader((SHARED / "bankfaq" / "BankFAQs.csv").open(encoding="utf-8")))
    entries = [
        Entry(str(i), " ".join(r["Question"].split()), r["Answer"][:900], source="bank")
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


def right_rows(entries: Sequence[Entry], label: dict[str, Any]) -> frozenset[int]:
    """Rows that answer a paraphrase: those alike, with `also`, without `not` of its label."""
    rows = alike(entries, label["row"]) | frozenset(label.get("also", ()))
    return rows - frozenset(label.get("not", ()))


def twins_of(entries: Sequence[Entry], row: int) -> tuple[frozenset[int], frozenset[int]]:
    """(rows that answer what a row answers, rows that may): told by their words alone, for training.

    The same answer under a heading that says no more or no less is a twin; under one that names
    something else ("gold card", "blue card") it may be right or not.
    """
    from rapidfuzz import fuzz

    title = set(words(entries[row].title))
    right, unclear = {row}, set()
    for at, entry in enumerate(entries):
        other = set(words(entry.title))
        near = fuzz.ratio(entry.body, entries[row].body, score_cutoff=_NEAR) > 0
        if other == title or (near and (other <= title or title <= other)):
            right.add(at)
        elif near:
            unclear.add(at)
    return frozenset(right), frozenset(unclear)


def rows_of(found: Sequence[Passage]) -> list[frozenset[int]]:
    """For each passage of BankFAQ the rows that it is from: their question and part of their answer."""
    rows = list(csv.DictReader((SHARED / "bankfaq" / "BankFAQs.csv").open(encoding="utf-8")))
    plain = [" ".join(r["Answer"].split()) for r in rows]
    asking: dict[str, list[int]] = {}
    for row, r in enumerate(rows):
        asking.setdefault(" ".join(r["Question"].split()).casefold(), []).append(row)
    result = []
    for p in found:
        same = asking[" ".join(p.title.split()).casefold()]
        part = " ".join(p.text.split())[:25]
        result.append(frozenset(row for row in same if part in plain[row]) or frozenset(same))
    return result


def clinc(rng: random.Random) -> tuple[list[str], list[str]]:
    data = json.loads((SHARED / "clinc150" / "data_train_val.json").read_text(encoding="utf-8"))
    inside = [text for text, intent in data["train"] if not any(w in intent for w in _MONEY)]
    rng.shuffle(inside)
    return [text for text, _ in data["oos_train"][:UNSEEN]], inside


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


def pages(catalogue: str) -> list[Passage]:
    """The help pages of a catalogue that ships, in both languages."""
    folder = ROOT / "catalogues" / catalogue / "knowledge"
    return [
        passage
        for file in sorted(folder.glob("*.md"))
        for passage in passages(read_document(file, file.name))
    ]


def twins(found: Sequence[Passage], title: str) -> frozenset[int]:
    """Rows of the passages under a heading, and of the same in the other language."""
    rows = frozenset(row for row, p in enumerate(found) if p.title == title)
    files: dict[str, list[int]] = {}
    for row, p in enumerate(found):
        files.setdefault(p.source, []).append(row)
    also: set[int] = set()
    for row in rows:
        source = found[row].source
        other = source.replace(".zh.md", ".md") if ".zh." in source else f"{source[:-3]}.zh.md"
        place = files[source].index(row)
        if len(files.get(other, ())) == len(files[source]):
            also.add(files[other][place])
    return rows | also


def chinese_help(catalogue: str, part: int = 0) -> tuple[list[tuple[str, str]], list[str]]:
    """(Chinese questions with the heading that answers them, Chinese questions without).

    Args:
        catalogue: whose pages are asked.
        part: 0 for all of them, 1 for every other one, to learn from, 2 for those left to measure by.
    """
    ours = [r for r in lines("chinese_help.jsonl") if r["pages"] == catalogue]
    asked = [(r["text"], r["title"]) for r in ours if r["title"]]
    none = [r["text"] for r in ours if not r["title"]]
    chosen = slice(None) if not part else slice(part - 1, None, 2)
    return asked[chosen], none[chosen]


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
    """(cases in English, cases in Chinese) to learn from."""
    oos, inside = clinc(rng)
    films = film_requests(rng)
    talk = chinese_talk(rng)
    bank_cases = _bank_cases([*oos, *inside[:OTHERS], *films[:120]])
    near = [*oos[:40], *inside[OTHERS : OTHERS + 150], *films[120:200]]
    shops, chinese = _shop_cases(near, talk)
    more = [
        Case("bitext", *labelled("bitext", rng), [*oos, *films[200:300], *inside[400:600]], 0.15),
        Case(
            "banking77",
            *labelled("banking77", rng),
            [*oos, *films[300:400], *inside[600:800]],
            0.15,
        ),
    ]
    help_pages = [_help_pages("courses", 0, talk[400:500]), _help_pages("shop", 1, talk[500:600])]
    return [*bank_cases, *shops, *more], [*chinese, *help_pages]


def _bank_cases(others: list[str]) -> list[Case]:
    entries, classes = bank()
    labels = lines("bankfaq_training.jsonl")
    found = [twins_of(entries, r["row"]) for r in labels]
    asked = [(str(r["text"]), right) for r, (right, _) in zip(labels, found, strict=True)]
    unclear = [rows for _, rows in found]
    untitled = [replace(e, title=c, titled=False) for e, c in zip(entries, classes, strict=True)]
    return [
        Case("bank", entries, asked, others, 2.0, unclear),
        Case("bank without questions", untitled, asked[:100], others[:200], 0.3, unclear[:100]),
    ]


def _shop_cases(near: list[str], talk: list[str]) -> tuple[list[Case], list[Case]]:
    """Our own two help centres, asked in both languages."""
    shop, store = policy("en"), policy("zh")
    own = lines("support_training.jsonl")
    en = [r for r in own if r["lang"] == "en"]
    zh = [r for r in own if r["lang"] == "zh"]
    none_en = [r["text"] for r in en if not r["title"]]
    none_zh = [r["text"] for r in zh if not r["title"]]

    def rows(entries: Sequence[Entry], title: str) -> frozenset[int]:
        return frozenset(i for i, e in enumerate(entries) if e.title.split(" › ")[-1] == title)

    back = {v: k for k, v in _PAIRED.items()}
    asked_en = [(r["text"], rows(shop, r["title"])) for r in en if r["title"]]
    asked_zh = [(r["text"], rows(store, r["title"])) for r in zh if r["title"]]
    cross_en = [(r["text"], rows(store, back[r["title"]])) for r in en if r["title"] in back]
    cross_zh = [(r["text"], rows(shop, _PAIRED[r["title"]])) for r in zh if r["title"] in _PAIRED]
    english = [
        Case("shop", shop, asked_en, [*none_en, *near], 2.0),
        Case("shop in Chinese", store, cross_en, [*none_en, *near[:40]], 0.5),
    ]
    return english, [
        Case("shop", store, asked_zh, [*none_zh, *talk[:250]], 2.0),
        Case("shop in English", shop, cross_zh, [*none_zh, *talk[250:400]], 1.0),
    ]


def _help_pages(catalogue: str, part: int, others: list[str]) -> Case:
    """The help pages of a catalogue that ships, in both languages, asked in Chinese."""
    found = pages(catalogue)
    asked, none = chinese_help(catalogue, part)
    right = [(text, twins(found, title)) for text, title in asked]
    return Case(f"{catalogue}{SHIPPED}", entries_of(found), right, [*none, *others], 2.0)


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
