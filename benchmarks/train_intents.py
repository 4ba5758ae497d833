# ruff: noqa: E501  (cases and word lists read best on one line)
"""Trains the small classifier that tells talk for us from talk for somebody else.

    python benchmarks/train_intents.py

Logistic regression on MiniLM sentence embeddings. For us: users' messages of ReDial's training part
(CC BY 4.0) and seekers' of INSPIRED's, greetings and small talk of clinc150, and requests in our own
words. Not for us: the other intents of clinc150's training part and its out-of-scope examples
(CC BY 3.0). Writes `chatbot/understand/data/scope.npz`: weights, bias, temperature; no sentence is kept.
The threshold is set on held-out training data so that at most 5 in 100 messages for us are refused.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from retrieval.embeddings import SentenceEmbedder  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
TARGET = ROOT / "chatbot" / "understand" / "data" / "scope.npz"
SOCIAL = frozenset(
    "greeting goodbye thank_you yes no maybe repeat cancel what_can_i_ask_you are_you_a_bot who_made_you "
    "what_is_your_name how_old_are_you where_are_you_from do_you_have_pets what_are_your_hobbies fun_fact "
    "tell_joke who_do_you_work_for meaning_of_life reset_settings change_user_name user_name change_ai_name".split()
)
_WANTS = ("i want {}", "show me {}", "can you recommend {}", "{} please", "any {}?", "i'm looking for {}", "{}",
          "do you have {}", "i feel like {}", "what are some good {}", "find me {}", "tonight {}")  # fmt: skip
_THINGS = (
    "french films",
    "something funny",
    "a war movie",
    "films set in italy",
    "a film about space",
    "korean thrillers",
    "old westerns",
    "a movie from 2015",
    "something short",
    "a film about food",
    "movies about the weather",
    "spanish horror",
    "something under two hours",
    "films for kids",
    "a movie set in rome",
    "cartoons",
    "a story about a bank robbery",
    "something with cars",
    "a film about football",
    "a musical about jazz",
    "films like alien",
    "sad movies",
    "a feel good film",
    "the newest releases",
    "a documentary about mountains",
    "something scary",
    "anything else",
    "a film about cooking",
    "movies about time travel",
    "silent films",
    "japanese animation",
    "a love story",
)
_ASKS = (
    "how long is it",
    "who directed that one",
    "is the second one scary",
    "what is it about",
    "when did it come out",
    "is it suitable for children",
    "shorter please",
    "something older",
    "more like the first",
    "less violent",
    "i have seen that",
    "not that one",
    "why did you pick this",
    "which one is better",
    "tell me more about the third",
    "is it sad",
    "does it have a happy ending",
    "who plays the lead",
    "what language is it in",
    "next",
    "another one",
)


def texts() -> tuple[list[str], list[int], np.ndarray]:
    """(texts, 1 = not for us, weights)."""
    rng = np.random.default_rng(11)
    ours: list[str] = []
    for line in (DATA / "redial" / "train_dialogues.jsonl").open(encoding="utf-8"):
        for message in json.loads(line)["messages"]:
            if message["role"] == "user" and len(message["content"]) > 3:
                ours.append(re.sub(r"\s*\(\d{4}\)", "", message["content"]))
    for line in (DATA / "inspired" / "train_partial_titles.jsonl").open(encoding="utf-8"):
        ours.extend(t["text"] for t in json.loads(line)["turns"] if t["role"] == "seeker")
    ours = [ours[i] for i in rng.permutation(len(ours))[:3000]]
    own = [w.format(t) for w in _WANTS for t in _THINGS] + list(_ASKS) * 4
    clinc = json.loads((DATA / "clinc150" / "data_train_val.json").read_text())
    social = [t for t, intent in clinc["train"] if intent in SOCIAL]
    others = [t for t, intent in clinc["train"] if intent not in SOCIAL]
    others = [others[i] for i in rng.permutation(len(others))[:4500]]
    oos = [t for t, _ in clinc["oos_train"]]
    all_texts = [*ours, *own, *social, *others, *oos]
    labels = [0] * (len(ours) + len(own) + len(social)) + [1] * (len(others) + len(oos))
    weights = np.array(
        [1.0] * len(ours)
        + [3.0] * len(own)
        + [1.0] * len(social)
        + [1.0] * len(others)
        + [8.0] * len(oos)
    )
    return all_texts, labels, weights


def main() -> int:
    """Fit, calibrate, write."""
    if not DATA.exists():
        print("skipped: the development data is not beside the checkout", file=sys.stderr)
        return 0
    from sklearn.linear_model import LogisticRegression

    all_texts, labels, weights = texts()
    vectors = SentenceEmbedder().embed(all_texts)
    y = np.array(labels)
    order = np.random.default_rng(3).permutation(len(y))
    cut = int(len(y) * 0.85)
    fit, held = order[:cut], order[cut:]
    model = LogisticRegression(C=4.0, max_iter=3000).fit(vectors[fit], y[fit], weights[fit])
    logits = model.decision_function(vectors[held])
    # One temperature makes the probabilities honest on what was held out.
    grid = np.linspace(0.5, 3.0, 51)
    losses = [
        float(np.mean(np.log1p(np.exp(-np.where(y[held] == 1, 1, -1) * logits / t)))) for t in grid
    ]
    temperature = float(grid[int(np.argmin(losses))])
    chance = 1 / (1 + np.exp(-logits / temperature))
    threshold = float(np.quantile(chance[y[held] == 0], 0.95))
    print(f"temperature {temperature:.2f}, threshold {threshold:.3f}, "
          f"recall {np.mean(chance[y[held] == 1] > threshold):.3f}")  # fmt: skip
    np.savez_compressed(
        TARGET,
        weights=model.coef_[0].astype(np.float32),
        bias=np.float32(model.intercept_[0]),
        temperature=np.float32(temperature),
        threshold=np.float32(threshold),
        model=np.array("all-MiniLM-L6-v2:53aa5117"),
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
