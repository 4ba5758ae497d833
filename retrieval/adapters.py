"""Low-rank adapters (LoRA) of any transformers model: put on to train, merged in to serve.

Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models"; done by peft.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def merged(model: Any, folder: str) -> Any:
    """`model` with the adapter in `folder` merged into its weights: as fast as without.

    Raises:
        ValueError, RuntimeError, OSError: there is no adapter, or it is one of another model.
    """
    from peft import PeftModel

    with _quiet():
        return PeftModel.from_pretrained(model, folder).merge_and_unload()


def adaptable(model: Any, rank: int, task: str | None = None) -> Any:
    """`model` with fresh adapters on every linear layer; all other weights stay as they are."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=rank, lora_alpha=2 * rank, lora_dropout=0.05, target_modules="all-linear", task_type=task
    )
    with _quiet():
        return get_peft_model(model, config)


@contextmanager
def _quiet() -> Iterator[None]:
    # peft still asks for a name that transformers is renaming.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        yield
