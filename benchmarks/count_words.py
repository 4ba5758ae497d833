"""Counts everyday English words for `chatbot/understand/data/common_en.txt`.

    python benchmarks/count_words.py

From the training dialogues of ReDial (CC BY 4.0), where films are marked: lower-case words count,
a capitalised word only where it opens a sentence and is also used in lower case.
Only counts are kept.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
TARGET = ROOT / "chatbot" / "understand" / "data" / "common_en.txt"
LEAST = 4


def main() -> int:
    """Count and write."""
    source = DATA / "redial" / "train_dialogues.jsonl"
    if not source.exists():
        print("skipped: the development data is not beside the checkout", file=sys.stderr)
        return 0
    lower: Counter[str] = Counter()
    opening: Counter[str] = Counter()
    total = 0
    for line in source.open(encoding="utf-8"):
        for message in json.loads(line)["messages"]:
            for sentence in re.split(r"[.!?]+", message["content"]):
                for place, word in enumerate(re.findall(r"[A-Za-z]+(?:['’][A-Za-z]+)*", sentence)):
                    total += 1
                    plain = word.lower().replace("'", "").replace("’", "")
                    if word[0].islower() or plain in ("i", "im", "ive", "id", "ill"):
                        lower[plain] += 1
                    elif place == 0:
                        opening[plain] += 1
    counts = {w: n + (opening[w] if n >= 3 else 0) for w, n in lower.items()}
    kept = sorted(((n, w) for w, n in counts.items() if n >= LEAST), key=lambda p: (-p[0], p[1]))
    TARGET.write_text("".join(f"{w} {n}\n" for n, w in kept), encoding="utf-8")
    print(f"{len(kept)} words of {total}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
