"""Trains the adapter of requests in words that ships with the films, from recorded conversations.

    python -m benchmarks.train_text [--data-dir FOLDER] [--rank N]

Learns from the train conversations of the development data beside the checkout; writes
`catalogues/films/textadapter.npz`, with a `textadapter.json` that says where it comes from. The
data set is not part of this repository. `benchmarks.text_adapter` measures it on other people's
conversations.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.redial import DATA, ROOT
from benchmarks.text_adapter import lessons
from retrieval.textfit import Plan, learn

TARGET = ROOT / "catalogues" / "films" / "textadapter.npz"
SEED = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, help="one that holds the conversations' films")
    parser.add_argument("--rank", type=int, default=8)
    options = parser.parse_args()
    if not DATA.is_dir():
        print(f"skipped: {DATA} is missing")
        return
    with tempfile.TemporaryDirectory() as temporary:
        _, vectors, pairs, embedder = lessons(options.data_dir or Path(temporary))
    plan = Plan(rank=options.rank)
    found = learn(pairs, vectors, embedder.name, np.random.default_rng(SEED), plan)
    found.adapter.save(TARGET)
    about = {
        "what": "a linear map of rank "
        f"{options.rank} for the vectors of requests; no text and no person is in it",
        "sources": [
            {
                "name": "ReDial, training dialogues",
                "cite": "R. Li, S. Kahou, H. Schulz, V. Michalski, L. Charlin, C. Pal. 2018. "
                "Towards Deep Conversational Recommendations. NeurIPS.",
                "licence": "CC BY 4.0",
            }
        ],
        "terms": "CC BY 4.0, with credit to the authors of ReDial; "
        "a linear map was learned from it.",
        "embedder": embedder.name,
        "method": "softmax over what was named next, see retrieval/textfit.py",
        "command": "python -m benchmarks.train_text",
        "figures": {
            "pairs": found.pairs,
            "kept out": found.held,
            "recall@10 there, without and with": [round(found.before, 4), round(found.after, 4)],
        },
    }
    text = json.dumps(about, indent=1, ensure_ascii=False) + "\n"
    TARGET.with_suffix(".json").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
