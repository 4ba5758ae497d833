"""JSON schemas as token grammars, by llguidance: compiled once, used by every request."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from chatbot.models.errors import ModelError


class Grammars:
    """Compiles schemas for one tokenizer and makes a matcher for each request.

    Args:
        tokenizer: a fast transformers tokenizer.
        vocabulary: rows of the model's output layer, which may be more than the tokenizer has.
        eos: ids that end a completion.
    """

    def __init__(self, tokenizer: Any, vocabulary: int, eos: Sequence[int]) -> None:
        self._source = tokenizer
        self._vocabulary = vocabulary
        # Some configurations name an end that their tokenizer does not have.
        self._eos = [i for i in eos if i < len(tokenizer)] or [tokenizer.eos_token_id]
        self._tokenizer: Any = None
        self._compiled: dict[str, Any] = {}
        self._lock = threading.Lock()

    def matcher(self, schema: Mapping[str, object]) -> Any:
        """A fresh matcher for `schema`; only the first call for a schema compiles it.

        Raises:
            ModelError: the schema uses what llguidance does not support.
        """
        from llguidance import LLMatcher

        key = json.dumps(schema)  # unsorted: fields are written in the order of the schema
        with self._lock:
            if key not in self._compiled:
                if self._tokenizer is None:
                    from llguidance.hf import from_tokenizer

                    self._tokenizer = from_tokenizer(
                        self._source, n_vocab=self._vocabulary, eos_token=self._eos
                    )
                grammar = LLMatcher.grammar_from_json_schema(
                    key, overrides={"whitespace_flexible": False}
                )
                matcher = LLMatcher(self._tokenizer, grammar)
                if matcher.is_error():
                    # The message repeats the whole grammar; its first line says what is wrong.
                    reason = matcher.get_error()[:200].splitlines()[0]
                    raise ModelError(f"the answer's schema cannot be enforced: {reason}.")
                self._compiled[key] = matcher
            return self._compiled[key].deep_copy()


def forbid(logits: Any, matchers: Sequence[Any | None]) -> Any:
    """`logits`, (n, vocabulary), with minus infinity wherever a row's matcher forbids the token."""
    import numpy as np
    import torch

    rows = [i for i, matcher in enumerate(matchers) if matcher is not None]
    if not rows:
        return logits
    size = logits.shape[1]
    masks = np.zeros((len(rows), (size + 31) // 32), dtype=np.int32)
    for line, row in zip(masks, rows, strict=True):
        matchers[row].unsafe_compute_mask_ptr(line.ctypes.data, line.nbytes)  # type: ignore[union-attr]
    packed = torch.from_numpy(masks).to(logits.device)
    shifts = torch.arange(32, device=logits.device, dtype=torch.int32)
    allowed = ((packed[:, :, None] >> shifts) & 1).reshape(len(rows), -1)[:, :size].bool()
    where = torch.tensor(rows, device=logits.device)
    return logits.index_put((where,), logits[where].masked_fill(~allowed, float("-inf")))
