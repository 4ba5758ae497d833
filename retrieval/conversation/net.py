"""The trainable form of `network.Network`. Imports torch: load it inside functions only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from retrieval.conversation.features import NAMES
from retrieval.conversation.network import Floats, Network
from retrieval.conversation.talk import CONTEXT

WIDTH = 128
_TEXT_DROP, _HIDDEN_DROP, _MENTION_DROP, _FEATURE_DROP = 0.3, 0.5, 0.2, 0.1


def build(content: Floats, counts: Floats, said: int, seed: int) -> Any:
    """A fresh net.

    Args:
        content: (n, c) what it may know of an item.
        counts: (n,) how often each was named.
        said: length of what `Asked.text` holds.
        seed: of its first weights.
    """
    import torch
    from torch import nn
    from torch.nn import functional

    class Net(nn.Module):  # type: ignore[misc]
        """Items are what their content projects to and a little that is learned freely."""

        def __init__(self) -> None:
            super().__init__()
            n, c = content.shape
            logs = torch.log(torch.from_numpy(counts) + 0.3)
            self.register_buffer("content", torch.from_numpy(content))
            self.register_buffer("popular", logs - logs.mean())
            self.named, self.shown = nn.Embedding(n, WIDTH), nn.Embedding(n, WIDTH)
            self.named_by = nn.Linear(c, WIDTH, bias=False)
            self.shown_by = nn.Linear(c, WIDTH, bias=False)
            self.item_bias = nn.Parameter(torch.zeros(n))
            self.text = nn.Linear(said + CONTEXT, WIDTH)
            self.mix, self.attend = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 1)
            self.age = nn.Parameter(torch.tensor(0.1))
            self.mine = nn.Parameter(torch.tensor(0.0))
            self.prior = nn.Parameter(torch.tensor(0.6))
            self.wide = nn.Parameter(torch.full((len(NAMES),), 0.3))
            self.gate = nn.Linear(CONTEXT, len(NAMES), bias=False)
            for free, by in ((self.named, self.named_by), (self.shown, self.shown_by)):
                nn.init.normal_(free.weight, 0, 0.02)
                nn.init.normal_(by.weight, 0, 0.05)
            nn.init.zeros_(self.gate.weight)
            nn.init.eye_(self.mix.weight)
            nn.init.zeros_(self.mix.bias)

        def bias(self, rows: Any) -> Any:
            """(len(rows),) how likely before anything was said."""
            return self.prior * self.popular[rows] + self.item_bias[rows]

        def answers(self, rows: Any) -> Any:
            """(len(rows), width) as something to name."""
            content = functional.dropout(self.content[rows], 0.1, self.training)
            return self.shown(rows) + self.shown_by(content)

        def mentions(self, rows: Any) -> Any:
            """(len(rows), width) as something named."""
            return self.named(rows) + self.named_by(self.content[rows])

        def forward(self, case: Mapping[str, Any], table: Any, rows: Any) -> Any:
            """(b, r) logits; `table` (b, r, features), `rows` (r,)."""
            keep = torch.rand(len(table), 1, table.shape[2]) > _FEATURE_DROP
            gates = self.wide + self.gate(case["context"])
            out = torch.einsum("brf,bf->br", table * keep, gates) + self.bias(rows)
            known = case["rows"] >= 0
            known = known & (torch.rand(known.shape) > _MENTION_DROP)
            unique, at = torch.unique(case["rows"].clamp(min=0), return_inverse=True)
            named = self.mentions(unique)[at]
            logit = self.attend(torch.tanh(named))[..., 0]
            logit = logit - self.age.abs() * case["ages"] + self.mine * case["mine"]
            logit = logit.masked_fill(~known, -1e4)
            logit = torch.cat([logit, torch.zeros(len(known), 1)], 1)
            hidden = torch.einsum("bm,bmd->bd", torch.softmax(logit, 1)[:, :-1], named)
            words = functional.dropout(case["text"], _TEXT_DROP)
            hidden = hidden + self.text(torch.cat([words, case["context"]], 1))
            hidden = self.mix(functional.dropout(hidden, _HIDDEN_DROP))
            return out + hidden @ self.answers(rows).T

    torch.manual_seed(seed)
    return Net()


def network_of(nets: Sequence[Any]) -> Network:
    """What serves: nets side by side, averaged where they are linear."""
    import torch

    with torch.no_grad():
        for net in nets:
            net.eval()
        every = torch.arange(len(nets[0].popular))

        def mean(parts: Sequence[Any]) -> Floats:
            return np.asarray(torch.stack(list(parts)).mean(0).numpy())

        def stack(parts: Sequence[Any]) -> Floats:
            return np.asarray(torch.stack(list(parts)).numpy())

        def attention(net: Any) -> Any:
            rest = torch.stack([net.age.abs(), net.mine])
            return torch.cat([net.attend.weight[0], net.attend.bias, rest])

        return Network(
            wide=mean([net.wide for net in nets]),
            gate=mean([net.gate.weight for net in nets]),
            bias=mean([net.bias(every) for net in nets]),
            items=stack([net.answers(every) for net in nets]),
            mentions=stack([net.mentions(every) for net in nets]),
            text=stack([net.text.weight for net in nets]),
            text_bias=stack([net.text.bias for net in nets]),
            mix=stack([net.mix.weight for net in nets]),
            mix_bias=stack([net.mix.bias for net in nets]),
            attend=stack([attention(net) for net in nets]),
        )
