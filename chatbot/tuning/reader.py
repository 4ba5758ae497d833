"""A LoRA adapter of a local language model that reads: conversations to JSON.

Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models". The loss is on the JSON
alone; what the model is told is exactly what `ModelReader` tells it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from chatbot.errors import InputError
from chatbot.models.loading import LocalOptions, best_device, load_weights
from chatbot.models.tokens import ChatTokens
from chatbot.models.weights import check_weights, find
from chatbot.tuning.examples import Example
from chatbot.tuning.plan import Plan, Progress, Tuned, apart, empty, put, rate_at
from retrieval.adapters import adaptable


class _Row(NamedTuple):
    prompt: list[int]
    answer: list[int]


def tune_reader(
    options: LocalOptions,
    found: Sequence[Example],
    target: Path,
    plan: Plan,
    progress: Progress = lambda what, done, total: None,
) -> Tuned:
    """Train an adapter and keep it where it reads unseen conversations better.

    Args:
        options: the base model; `bits` 4 or 8 trains over quantised weights.
        found: examples.
        target: folder the adapter is put in.

    Raises:
        InputError: too few examples, or all too long.
        ModelLoadError: the base model is missing, damaged or does not fit.
    """
    import torch

    learn, held = apart(found, lambda e: e.conversation, plan.seed)
    folder = find(options.model, lambda what, share: None, threading.Event())
    check_weights(folder)
    device = options.device or best_device()
    model, tokenizer = load_weights(folder, options, device)
    rows = [_row(e, tokenizer) for e in learn]
    kept = [r for r in rows if len(r.prompt) + len(r.answer) <= plan.longest]
    checks = [_row(e, tokenizer) for e in held]
    checks = [r for r in checks if len(r.prompt) + len(r.answer) <= plan.longest]
    if not kept or not checks:
        raise InputError(
            f"every example is longer than {plan.longest} tokens.", hint="Raise --longest."
        )
    torch.manual_seed(plan.seed)
    model = _with_adapter(model, plan)
    before = _loss(model, checks)
    _fit(model, kept, plan, progress)
    after = _loss(model, checks)
    better = after < before
    tuned = Tuned(
        "reader", options.model, len(kept), len(checks), len(rows) - len(kept),
        "loss per token on unseen conversations", before, after, target if better else None,
    )  # fmt: skip
    if better:
        partial = empty(target)
        model.save_pretrained(partial)
        put(partial, target, tuned)
    return tuned


def _row(example: Example, tokenizer: Any) -> _Row:
    messages = [{"role": m.role, "content": m.text} for m in example.messages]
    answer = tokenizer(example.answer, add_special_tokens=False)["input_ids"]
    return _Row(list(ChatTokens(tokenizer).prompt(messages)), [*answer, tokenizer.eos_token_id])


def _with_adapter(model: Any, plan: Plan) -> Any:
    if getattr(model, "is_quantized", False):
        from peft import prepare_model_for_kbit_training

        model = prepare_model_for_kbit_training(model)
    elif model.device.type == "cuda":
        # Room for long prompts: activations are computed again instead of kept.
        model.gradient_checkpointing_enable()
        model.enable_input_require_grads()
    return adaptable(model, plan.rank, "CAUSAL_LM")


def _fit(model: Any, rows: Sequence[_Row], plan: Plan, progress: Progress) -> None:
    import torch

    rng = np.random.default_rng(plan.seed)
    learned = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learned, lr=plan.rate, weight_decay=0.0)
    steps = max(1, plan.epochs * -(-len(rows) // plan.batch))
    step = 0
    model.train()
    for _ in range(plan.epochs):
        order = rng.permutation(len(rows))
        for start in range(0, len(rows), plan.batch):
            batch = [rows[at] for at in order[start : start + plan.batch]]
            total = sum(len(r.answer) for r in batch)
            for row in batch:
                (_sum_loss(model, row) / total).backward()
            torch.nn.utils.clip_grad_norm_(learned, 1.0)
            for group in optimiser.param_groups:
                group["lr"] = rate_at(step, steps, plan.rate)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            step += 1
            progress("learn", step, steps)
    model.eval()


def _sum_loss(model: Any, row: _Row) -> Any:
    """Summed cross-entropy of the answer's tokens; the prompt's own are not scored."""
    import torch

    ids = torch.tensor([row.prompt + row.answer], device=model.device)
    count = len(row.answer)
    logits = model(input_ids=ids, logits_to_keep=count + 1, use_cache=False).logits[0, -count - 1 :]
    return torch.nn.functional.cross_entropy(logits[:-1].float(), ids[0, -count:], reduction="sum")


def _loss(model: Any, rows: Sequence[_Row]) -> float:
    import torch

    model.eval()
    with torch.no_grad():
        total = sum(float(_sum_loss(model, row)) for row in rows)
    return total / sum(len(row.answer) for row in rows)
