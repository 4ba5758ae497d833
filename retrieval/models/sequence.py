"""What comes next: self-attention over the liked items in their order.

SASRec (Kang and McAuley, ICDM 2018) with the softmax over all items as its loss, which is what
makes it strong (Klenitskiy and Vasilev, "Turning Dross Into Gold Loss", RecSys 2023). Learned and
served by torch, which is imported when a model is made.
"""

from __future__ import annotations

from collections.abc import Sequence as Row
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.arrays import Arrays
from retrieval.catalogue import Rows
from retrieval.models.contract import Likes, answer, silence, within
from retrieval.stores import Scores
from retrieval.threads import alone

LENGTH = 50
"""Most recent items that are looked at."""

WIDTH = 64
BLOCKS = 2
HEADS = 2
DROPOUT = 0.3
EPOCHS = 60
STEPS = 150, 800
"""At least and at most so many steps."""

HELD_OUT = 20
"""One person in so many is not learned from: they say when to stop. Nobody below `ENOUGH`."""

ENOUGH = 200
LOOK = 40
PATIENCE = 3
"""After so many steps the held-out people are looked at; so often may nothing get better."""

BATCH = 64
RATE = 1e-3


class Sequence:
    """Scores of the item after a history; only what was liked is read, without its weight.

    Args:
        state: the network's parameters by name.
        known: (items,) bool: whether anybody liked it.
    """

    def __init__(self, state: Arrays, known: NDArray[np.bool_]) -> None:
        self.known = known
        self._state = dict(state)
        self._network: Any = None

    def scores(self, history: Rows, weights: Scores) -> Scores:
        """See `Learned.scores`."""
        history, weights = within(self.known, history, weights)
        history = history[weights > 0][-LENGTH:]
        if not history.size:
            return silence(self.known)
        import torch

        if self._network is None:
            network = _network(self.known.size)
            network.load_state_dict({k: torch.from_numpy(v) for k, v in self._state.items()})
            self._network = network.eval()
        with torch.inference_mode():
            read = torch.from_numpy(history.astype(np.int64) + 1)[None]
            logits = self._network.logits(self._network(read)[0, -1])
        return answer(logits.numpy(), self.known)

    def arrays(self) -> Arrays:
        """See `Learned.arrays`."""
        return {f"state.{k}": v for k, v in self._state.items()} | {"known": self.known}

    @classmethod
    def restored(cls, arrays: Arrays) -> Sequence:
        """From `arrays`."""
        prefix = "state."
        state = {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
        return cls(state, arrays["known"])


def _network(items: int) -> Any:
    """(batch, length) of items counted from 1, 0 = nothing → (batch, length, WIDTH) states;
    its `logits` turns states into scores of all items.
    """
    import torch
    from torch import nn

    class Network(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.items = nn.Embedding(items + 1, WIDTH, padding_idx=0)
            self.places = nn.Embedding(LENGTH, WIDTH)
            nn.init.normal_(self.items.weight, std=0.05)
            nn.init.normal_(self.places.weight, std=0.05)
            block = nn.TransformerEncoderLayer(
                WIDTH, HEADS, WIDTH, DROPOUT, "gelu", batch_first=True, norm_first=True
            )
            self.blocks = nn.TransformerEncoder(block, BLOCKS, enable_nested_tensor=False)
            self.norm = nn.LayerNorm(WIDTH)
            self.bias = nn.Parameter(torch.zeros(items))
            self.dropout = nn.Dropout(DROPOUT)

        def forward(self, read: Any) -> Any:
            length = read.shape[1]
            # Places are counted from the end, so that the last item stands where it always does.
            places = torch.arange(length - 1, -1, -1)
            x = self.dropout(self.items(read) * WIDTH**0.5 + self.places(places))
            later = torch.ones(length, length, dtype=torch.bool).triu(1)
            return self.norm(self.blocks(x, mask=later))

        def logits(self, states: Any) -> Any:
            return states @ self.items.weight[1:].T + self.bias

    return Network()


def learn_sequence(likes: Likes, rng: np.random.Generator) -> Sequence:
    """Predict every liked item from those before it; the last `LENGTH` of each person.

    Where no times are recorded the order is drawn anew again and again: what is learned then is
    attention over a set. Some people are held out to stop by, where there are enough.
    """
    with alone():
        return _learned(likes, rng)


def _learned(likes: Likes, rng: np.random.Generator) -> Sequence:
    import torch

    rows = [row for row in likes.sequences() if row.size > 1]
    order = rng.permutation(len(rows))
    held = len(rows) // HELD_OUT if len(rows) >= ENOUGH else 0
    judges = [_drawn(rows[at], likes, rng) for at in order[:held]]
    teaching = [rows[at] for at in order[held:]]
    epoch = -(-len(teaching) // BATCH)
    steps = min(max(STEPS[0], epoch * EPOCHS), STEPS[1])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**31 - 1)))
        network = _network(likes.matrix.shape[1])
        optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-4)
        best, kept, idle = np.inf, _state(network), 0
        for step in range(steps):
            if step % epoch == 0 and (step == 0 or likes.when is None):
                inputs, targets = _windows([_drawn(row, likes, rng) for row in teaching])
            batch = rng.integers(0, len(inputs), BATCH)
            network.train()
            optimiser.zero_grad()
            _loss(network, inputs[batch], targets[batch]).backward()
            optimiser.step()
            if judges and (step + 1) % LOOK == 0:
                network.eval()
                with torch.inference_mode():
                    loss = float(_loss(network, *_windows(judges)))
                if loss < best:
                    best, kept, idle = loss, _state(network), 0
                elif (idle := idle + 1) == PATIENCE:
                    break
        return Sequence(kept if judges else _state(network), likes.counts > 0)


def _state(network: Any) -> Arrays:
    """A copy of the parameters."""
    return {name: value.numpy().copy() for name, value in network.state_dict().items()}


def _loss(network: Any, inputs: NDArray[np.int64], targets: NDArray[np.int64]) -> Any:
    """Mean cross entropy; only places with a target get logits, whose softmax is the cost."""
    import torch

    wanted = torch.from_numpy(targets)
    seen = wanted > 0
    logits = network.logits(network(torch.from_numpy(inputs))[seen])
    return torch.nn.functional.cross_entropy(logits, wanted[seen] - 1)


def _drawn(row: Rows, likes: Likes, rng: np.random.Generator) -> Rows:
    """A person's items in their order, or in any where none is known."""
    return row if likes.when is not None else rng.permutation(row)


def _windows(rows: Row[Rows]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(people, length) items to read and to predict, counted from 1; 0 fills the front."""
    length = min(LENGTH, max(row.size for row in rows) - 1)
    inputs = np.zeros((len(rows), length), dtype=np.int64)
    targets = np.zeros((len(rows), length), dtype=np.int64)
    for at, row in enumerate(rows):
        recent = row[-length - 1 :].astype(np.int64) + 1
        inputs[at, length + 1 - recent.size :] = recent[:-1]
        targets[at, length + 1 - recent.size :] = recent[1:]
    return inputs, targets
