"""Runs a causal model over many conversations at once. Knows no text, sampling or scheduling.

`SlotRunner` keeps one key/value buffer per layer, shaped (rows, heads, positions, head size); each
conversation owns a row and writes at its own positions, so conversations join and leave at any
step without copying what others have computed. Work of different width is padded on the right:
padded positions are masked, and overwritten before they are ever attended.

`RowRunner` runs one conversation after the other with the model's own cache. It is slower and right
for every architecture; `runner_for` measures which of the two agrees with the plain model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

_STEP = 256
"""Buffers grow in steps of this many positions, so that growing is rare."""


class Work(NamedTuple):
    """Run `tokens` at positions `start`, `start + 1`, … of the conversation `row`."""

    row: int
    start: int
    tokens: Sequence[int]


class Runner(Protocol):
    """Computes next-token scores for several conversations."""

    def run(self, work: Sequence[Work]) -> Any:
        """(len(work), vocabulary) scores after the last token of each; rows are opened on demand.

        Raises torch's out-of-memory error with all rows unchanged.
        """
        ...

    def release(self, row: int) -> None:
        """Forget a conversation; unknown rows are ignored."""
        ...

    def reset(self) -> None:
        """Forget everything and free its memory."""
        ...

    def snapshot(self, row: int, length: int) -> Any:
        """A copy of what is kept for the first `length` positions, or None if unsupported."""
        ...

    def restore(self, row: int, kept: Any, length: int) -> None:
        """Open `row` with the first `length` positions of a snapshot."""
        ...


class SlotRunner:
    """See the module. `model` is a transformers causal language model in evaluation mode."""

    def __init__(self, model: Any, max_length: int) -> None:
        import torch

        self._torch = torch
        self._model = model
        self._config = model.config.get_text_config()
        self._device = model.get_input_embeddings().weight.device
        self._max_length = max_length
        self._slot_of: dict[int, int] = {}
        self._cache = _SlotCache(torch)
        self._keeps = "logits_to_keep" in _parameters(model)

    def run(self, work: Sequence[Work]) -> Any:
        """See `Runner.run`."""
        torch = self._torch
        width = max(len(w.tokens) for w in work)
        length = max(w.start for w in work) + width
        slots = [self._slot_of.setdefault(w.row, len(self._slot_of)) for w in work]
        self._cache.reserve(len(self._slot_of), length)
        tokens = torch.tensor(
            [[*w.tokens, *([0] * (width - len(w.tokens)))] for w in work], device=self._device
        )
        starts = torch.tensor([w.start for w in work], device=self._device)
        positions = starts[:, None] + torch.arange(width, device=self._device)[None, :]
        self._cache.aim(slots, positions, length)
        last = [len(w.tokens) - 1 for w in work]
        wanted = sorted(set(last))
        keep = {"logits_to_keep": torch.tensor(wanted, device=self._device)} if self._keeps else {}
        out = self._model(
            input_ids=tokens,
            attention_mask=self._masks(positions, length),
            position_ids=positions,
            past_key_values=self._cache,
            use_cache=True,
            **keep,
        )
        column = {at: i for i, at in enumerate(wanted)} if self._keeps else {at: at for at in last}
        rows = torch.arange(len(work), device=out.logits.device)
        return out.logits[rows, torch.tensor([column[at] for at in last], device=rows.device)]

    def _masks(self, positions: Any, length: int) -> Any:
        keys = self._torch.arange(length, device=self._device)[None, None, None, :]
        queries = positions[:, None, :, None]
        full = keys <= queries
        kinds = set(getattr(self._config, "layer_types", None) or ())
        window = getattr(self._config, "sliding_window", None)
        if not window or (kinds and "sliding_attention" not in kinds):
            return full
        sliding = full & (keys > queries - window)
        if kinds and "full_attention" in kinds:
            return {"full_attention": full, "sliding_attention": sliding}
        return sliding

    def release(self, row: int) -> None:
        """See `Runner.release`. The last row moves into the hole, so that rows stay contiguous."""
        hole = self._slot_of.pop(row, None)
        if hole is None or hole == len(self._slot_of):
            return
        last = next(r for r, slot in self._slot_of.items() if slot == len(self._slot_of))
        self._cache.move(len(self._slot_of), hole)
        self._slot_of[last] = hole

    def reset(self) -> None:
        """See `Runner.reset`."""
        self._slot_of.clear()
        self._cache = _SlotCache(self._torch)

    def snapshot(self, row: int, length: int) -> Any:
        """See `Runner.snapshot`."""
        return self._cache.copy_out(self._slot_of[row], length)

    def restore(self, row: int, kept: Any, length: int) -> None:
        """See `Runner.restore`."""
        slot = self._slot_of.setdefault(row, len(self._slot_of))
        self._cache.reserve(len(self._slot_of), length)
        self._cache.copy_in(slot, kept, length)


class _SlotCache:
    """What a transformers model calls `past_key_values`: it is only ever asked to `update`."""

    is_compileable = False

    def __init__(self, torch: Any) -> None:
        self._torch = torch
        self._layers: list[tuple[Any, Any]] = []
        self._rows = self._length = 0
        self._select: Any = None
        self._index: dict[Any, tuple[Any, Any, Any]] = {}
        self._aimed: tuple[Any, Any, int] = (None, None, 0)

    def reserve(self, rows: int, length: int) -> None:
        """Make room, keeping what is there; on an error nothing has changed."""
        if rows <= self._rows and length <= self._length:
            return
        grown_rows = self._rows if rows <= self._rows else max(rows, 2 * self._rows)
        grown_length = max(self._length, -(-length // _STEP) * _STEP)
        grown = []
        for keys, values in self._layers:
            pair = []
            for old in (keys, values):
                _, heads, _, size = old.shape
                # Zeros, not garbage: a masked NaN would still poison the weighted sum.
                new = old.new_zeros((grown_rows, heads, grown_length, size))
                new[: self._rows, :, : self._length] = old
                pair.append(new)
            grown.append((pair[0], pair[1]))
        self._layers, self._rows, self._length = grown, grown_rows, grown_length

    def aim(self, slots: Sequence[int], positions: Any, length: int) -> None:
        """Where the next forward pass writes and what it reads."""
        first = min(slots)
        contiguous = list(slots) == list(range(first, first + len(slots)))
        index = self._torch.tensor(slots, device=positions.device)
        self._select = slice(first, first + len(slots)) if contiguous else index
        self._aimed = (index[:, None], positions, length)
        self._index.clear()

    def update(self, keys: Any, values: Any, layer: int, *_args: Any, **_kw: Any) -> Any:
        """Write new keys and values, (n, heads, width, size); return all those to attend to."""
        while len(self._layers) <= layer:
            shape = (self._rows, keys.shape[1], self._length)
            self._layers.append(
                (
                    keys.new_zeros((*shape, keys.shape[3])),
                    values.new_zeros((*shape, values.shape[3])),
                )
            )
        rows, positions, select = self._on(keys.device)
        all_keys, all_values = self._layers[layer]
        all_keys[rows, :, positions] = keys.transpose(1, 2)
        all_values[rows, :, positions] = values.transpose(1, 2)
        length = self._aimed[2]
        return all_keys[select, :, :length], all_values[select, :, :length]

    def _on(self, device: Any) -> tuple[Any, Any, Any]:
        """The aim on the device of a layer; layers may be spread over several."""
        if device not in self._index:
            rows, positions, _ = self._aimed
            select = self._select if isinstance(self._select, slice) else self._select.to(device)
            self._index[device] = (rows.to(device), positions.to(device), select)
        return self._index[device]

    def get_seq_length(self, *_args: Any) -> int:
        """Asked by some models; positions are always given explicitly, so it decides nothing."""
        return 0

    def move(self, source: int, target: int) -> None:
        """Copy one row over another."""
        for keys, values in self._layers:
            keys[target].copy_(keys[source])
            values[target].copy_(values[source])

    def copy_out(self, slot: int, length: int) -> list[tuple[Any, Any]]:
        """A copy of the first `length` positions of a row, by layer."""
        return [(k[slot, :, :length].clone(), v[slot, :, :length].clone()) for k, v in self._layers]

    def copy_in(self, slot: int, kept: list[tuple[Any, Any]], length: int) -> None:
        """Write the first `length` positions of a copy into a row."""
        if not self._layers:
            for keys, values in kept:
                heads, _, size = keys.shape
                self._layers.append(
                    (
                        keys.new_zeros((self._rows, heads, self._length, size)),
                        values.new_zeros((self._rows, heads, self._length, values.shape[2])),
                    )
                )
        for (keys, values), (old_keys, old_values) in zip(self._layers, kept, strict=True):
            keys[slot, :, :length] = old_keys[:, :length]
            values[slot, :, :length] = old_values[:, :length]


class RowRunner:
    """See the module: one conversation after the other, each with the model's own cache."""

    def __init__(self, model: Any) -> None:
        import torch

        self._torch = torch
        self._model = model
        self._device = model.get_input_embeddings().weight.device
        self._caches: dict[int, Any] = {}

    def run(self, work: Sequence[Work]) -> Any:
        """See `Runner.run`."""
        from transformers import DynamicCache

        out = []
        for row, start, tokens in work:
            if start == 0 or row not in self._caches:
                self._caches[row] = DynamicCache(config=self._model.config)
            ids = self._torch.tensor([list(tokens)], device=self._device)
            result = self._model(input_ids=ids, past_key_values=self._caches[row], use_cache=True)
            out.append(result.logits[0, -1])
        return self._torch.stack(out)

    def release(self, row: int) -> None:
        """See `Runner.release`."""
        self._caches.pop(row, None)

    def reset(self) -> None:
        """See `Runner.reset`."""
        self._caches.clear()

    def snapshot(self, row: int, length: int) -> Any:
        """See `Runner.snapshot`: not supported."""
        return None

    def restore(self, row: int, kept: Any, length: int) -> None:
        """See `Runner.restore`: never called, since no snapshot is ever given."""
        raise NotImplementedError("RowRunner gives no snapshots")


def runner_for(model: Any, max_length: int) -> Runner:
    """The fastest runner whose scores agree with the plain model on a short check.

    The check runs two conversations in uneven pieces and compares with one forward pass over each;
    architectures with other caches or masks fail it and get the `RowRunner`.
    """
    import torch

    size = model.config.get_text_config().vocab_size
    ids = [[(7 * i + 3 * j + 1) % min(size, 97) for i in range(11 + j)] for j in range(2)]
    with torch.inference_mode():
        device = model.get_input_embeddings().weight.device
        plain = [model(input_ids=torch.tensor([x], device=device)).logits[0, -1] for x in ids]
        runner = SlotRunner(model, max_length)
        try:
            runner.run([Work(0, 0, ids[0][:6])])
            runner.run([Work(0, 6, ids[0][6:10]), Work(1, 0, ids[1][:11])])
            ours = runner.run([Work(0, 10, ids[0][10:]), Work(1, 11, ids[1][11:])])
        except (AttributeError, TypeError, ValueError, IndexError, KeyError, RuntimeError):
            # Whatever an unknown architecture stumbles over, the plain path is the answer to it.
            return RowRunner(model)
        for mine, theirs in zip(ours, plain, strict=True):
            scale = theirs.float().std().clamp_min(1e-6)
            if ((mine - theirs).float().abs().max() / scale).item() > 0.25:
                return RowRunner(model)
    runner.reset()
    return runner


def _parameters(model: Any) -> frozenset[str]:
    import inspect

    return frozenset(inspect.signature(model.forward).parameters)
