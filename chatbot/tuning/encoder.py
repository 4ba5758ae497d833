"""A LoRA adapter of a sentence encoder: what people ask comes nearer to what answered it.

Every other item of a batch is a wrong answer (multiple-negatives ranking loss; Henderson et al.
2017, "Efficient Natural Language Response Suggestion for Smart Reply").
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chatbot.tuning.examples import Pair
from chatbot.tuning.plan import Plan, Progress, Tuned, apart, empty, put, rate_at
from retrieval.adapters import adaptable
from retrieval.catalogue import Catalogue
from retrieval.documents import document
from retrieval.embeddings import SentenceEmbedder, Vectors, normalised

_SCALE = 20.0
"""Cosines are multiplied by it before the softmax."""

AT = 10


def tune_encoder(
    embedder: SentenceEmbedder,
    catalogue: Catalogue,
    found: Sequence[Pair],
    target: Path,
    plan: Plan,
    progress: Progress = lambda what, done, total: None,
) -> Tuned:
    """Train an adapter and keep it where it finds items of unseen conversations better.

    The figure is recall@10 over the whole catalogue, by exact search.

    Raises:
        InputError: too few pairs.
    """
    import torch

    learn, held = apart(found, lambda p: p.conversation, plan.seed)
    documents = [document(item, catalogue.schema) for item in catalogue.items]
    base = embedder.loaded()
    progress("measure", 0, 2)
    before = _recall(base, documents, catalogue, held)
    torch.manual_seed(plan.seed)
    base[0].model = adaptable(base[0].model, plan.rank)
    texts = [document(catalogue[p.item], catalogue.schema) for p in learn]
    _fit(base, learn, texts, plan, progress)
    progress("measure", 1, 2)
    after = _recall(base, documents, catalogue, held)
    progress("measure", 2, 2)
    better = after > before
    tuned = Tuned(
        "encoder", embedder.name, len(learn), len(held), 0,
        f"recall@{AT} on unseen conversations", before, after, target if better else None,
    )  # fmt: skip
    if better:
        partial = empty(target)
        base[0].model.save_pretrained(partial)
        put(partial, target, tuned)
    return tuned


def _fit(
    model: Any, pairs: Sequence[Pair], documents: Sequence[str], plan: Plan, progress: Progress
) -> None:
    import torch

    rng = np.random.default_rng(plan.seed)
    learned = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learned, lr=plan.rate, weight_decay=0.01)
    steps = max(1, plan.epochs * -(-len(pairs) // plan.batch))
    step = 0
    model.train()
    for _ in range(plan.epochs):
        order = rng.permutation(len(pairs))
        for start in range(0, len(pairs), plan.batch):
            rows = order[start : start + plan.batch]
            asked = _encoded(model, [pairs[at].text for at in rows])
            answers = _encoded(model, [documents[at] for at in rows])
            scores = _SCALE * asked @ answers.T
            items = np.array([pairs[at].item for at in rows])
            # The same item twice in a batch is no wrong answer to itself.
            twice = torch.tensor(items[:, None] == items[None, :], device=scores.device)
            twice.fill_diagonal_(False)
            scores = scores.masked_fill(twice, float("-inf"))
            right = torch.arange(len(rows), device=scores.device)
            loss = torch.nn.functional.cross_entropy(scores, right)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learned, 1.0)
            for group in optimiser.param_groups:
                group["lr"] = rate_at(step, steps, plan.rate)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            step += 1
            progress("learn", step, steps)
    model.eval()


def _encoded(model: Any, texts: Sequence[str]) -> Any:
    """(len(texts), dimensions) unit vectors with gradients."""
    import torch

    inputs = {
        key: value.to(model.device) if hasattr(value, "to") else value
        for key, value in model.preprocess(list(texts)).items()
    }
    return torch.nn.functional.normalize(model(inputs)["sentence_embedding"], dim=-1)


def _recall(
    model: Any, documents: Sequence[str], catalogue: Catalogue, pairs: Sequence[Pair]
) -> float:
    """Share of pairs whose item is among the nearest `AT` of the whole catalogue."""
    items = _vectors(model, documents)
    asked = _vectors(model, [p.text for p in pairs])
    found = 0
    for row, pair in zip(asked, pairs, strict=True):
        scores = items @ row
        found += bool(np.count_nonzero(scores > scores[catalogue.row_of[pair.item]]) < AT)
    return found / len(pairs)


def _vectors(model: Any, texts: Sequence[str]) -> Vectors:
    vectors = model.encode(list(texts), batch_size=32, show_progress_bar=False)
    return normalised(np.asarray(vectors, dtype=np.float32))
