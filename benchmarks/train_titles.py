"""Learns when words that could be a title are one: the weights in `chatbot.understand.titlehood`.

    python benchmarks/train_titles.py

From the training parts of ReDial (CC BY 4.0; years behind titles removed, half of the messages in
lower case) and of the first hundred INSPIRED dialogues. Prints the weights; nothing else is kept.
Needs the development data beside the checkout and scikit-learn.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.understanding import DATA, large
from chatbot.understand.linker import Linker
from chatbot.understand.surroundings import Surroundings
from chatbot.understand.text import lowered, tokens, words
from chatbot.understand.titlehood import title_features
from chatbot.understand.titles import names_of

_YEAR = re.compile(r"\s*\(\d{4}\)")


def messages() -> Iterator[tuple[str, list[str], float]]:
    """(text, titles in it, weight)."""
    rng = np.random.default_rng(7)
    names = {}
    for line in (DATA / "redial" / "catalogue.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        names[row["id"]] = _YEAR.sub("", row["title"])
    for line in (DATA / "redial" / "train_dialogues.jsonl").open(encoding="utf-8"):
        for message in json.loads(line)["messages"]:
            text = _YEAR.sub("", message["content"])
            titles = [names[i] for i in message["items"] if i in names]
            yield (text.lower() if rng.random() < 0.5 else text), titles, 1.0
    for line in (DATA / "inspired" / "train_first100_titled.jsonl").open(encoding="utf-8"):
        for turn in json.loads(line):
            yield turn["text"], [_YEAR.sub("", t) for t in turn["movie"]], 4.0


def main() -> int:
    """Fit and print."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import precision_recall_fscore_support

    linker = Linker(large())
    rows, labels, weights = [], [], []
    keys: list[str] = []
    for text, titles, weight in messages():
        found = tokens(text)
        around = Surroundings(text, lowered(text), found)
        gold = [names_of(t, ()) for t in titles]
        spots = set()
        flat = [t.word for t in found]
        for names in gold:
            for phrase in names:
                parts = phrase.split(" ")
                for i in range(len(flat) - len(parts) + 1):
                    if flat[i : i + len(parts)] == parts:
                        spots.add((i, i + len(parts)))
        longest = {
            s for s in spots if not any(o != s and o[0] <= s[0] and s[1] <= o[1] for o in spots)
        }
        for first, last, name in linker._titles.along(found):
            if not found[first].word.isascii() or (
                last - first == 1 and found[first].word.isdigit()
            ):
                continue
            inside = any(first < e and s < last for s, e in longest)
            if inside and (first, last) not in longest:
                continue
            if linker.values.get(" ".join(words(text[found[first].start : found[last - 1].end]))):
                continue
            features = title_features(around, first, last, name.form, linker._popularity(name))
            keys = list(features)
            rows.append(list(features.values()))
            labels.append((first, last) in longest)
            weights.append(weight)
    x, y, w = np.array(rows), np.array(labels), np.array(weights)
    print(x.shape, y.mean(), file=sys.stderr)
    cut = int(len(x) * 0.8)
    for c in (0.1, 1.0):
        model = LogisticRegression(C=c, fit_intercept=False, max_iter=2000).fit(
            x[:cut], y[:cut], w[:cut]
        )
        p = model.predict(x[cut:])
        print(c, precision_recall_fscore_support(y[cut:], p, average="binary"), file=sys.stderr)
    model = LogisticRegression(C=1.0, fit_intercept=False, max_iter=2000).fit(x, y, w)
    for name, value in zip(keys, model.coef_[0], strict=True):
        print(f'    "{name}": {value:.2f},')
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
