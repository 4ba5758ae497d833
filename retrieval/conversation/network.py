"""The learned part: weights of the features, and small networks over what was said and named."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from retrieval.conversation.features import Table
from retrieval.conversation.talk import Asked
from retrieval.stores import Scores

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Network:
    """`s` networks side by side, averaged already where they are linear.

    Attributes:
        wide: (features,) weight of each feature.
        gate: (features, context) how the situation changes it.
        bias: (n,) how often an item is the answer, whatever was said.
        items: (s, n, d) what an item looks like as an answer.
        mentions: (s, n, d) what it tells when it was named.
        text: (s, d, `VIEWS` * dimensions + context), text_bias: (s, d).
        mix: (s, d, d), mix_bias: (s, d).
        attend: (s, d + 3) weight of a named item: by its look, then constant, age, by the user.
    """

    wide: Floats
    gate: Floats
    bias: Floats
    items: Floats
    mentions: Floats
    text: Floats
    text_bias: Floats
    mix: Floats
    mix_bias: Floats
    attend: Floats

    def scores(self, asked: Asked, table: Table) -> Scores:
        """(n,) logits of being named next; `table` from `features.features`."""
        total = self.bias + table @ (self.wide + self.gate @ asked.context)
        hidden = self._hidden(asked)
        for items, one in zip(self.items, hidden, strict=True):
            total = total + items @ one / np.float32(len(hidden))
        return np.asarray(total, dtype=np.float32)

    def of(self, rows: NDArray[np.int64]) -> Network:
        """The same, scoring only some items; what was named may be any."""
        return replace(self, bias=self.bias[rows], items=self.items[:, rows])

    def _hidden(self, asked: Asked) -> Floats:
        """(s, d) what is looked for."""
        said = np.concatenate([asked.text.ravel(), asked.context])
        hidden = self.text @ said + self.text_bias
        if asked.named.size:
            named = self.mentions[:, asked.named]
            wide = named.shape[2]
            logit = np.einsum("smd,sd->sm", np.tanh(named), self.attend[:, :wide])
            constant, age, mine = (self.attend[:, wide + at, None] for at in range(3))
            logit = logit + constant - age * asked.ages + mine * asked.mine
            top = np.maximum(logit.max(axis=1, keepdims=True), 0)
            share = np.exp(logit - top)
            # One more choice of weight 0: nothing that was named tells anything.
            share = share / (share.sum(axis=1, keepdims=True) + np.exp(-top))
            hidden = hidden + np.einsum("sm,smd->sd", share, named)
        mixed = np.einsum("sde,se->sd", self.mix, hidden) + self.mix_bias
        return np.asarray(mixed, dtype=np.float32)


PARTS = tuple(field.name for field in fields(Network))
