"""The forward pass of the bundled all-MiniLM-L6-v2 in numpy: a BERT encoder, mean, unit length.

A request is one short text, and for that neither torch nor sentence-transformers is needed: the
first vector comes half a second after start instead of five, with 400 MB less memory, and equals
theirs to six decimals (a test holds it to that). Several texts are laid end to end, so that the
weights are read once for all of them and nothing is padded; only attention keeps them apart.

Knows the weights' names and nothing of where they come from. Architecture: Devlin et al. 2019;
Wang et al. 2020 (MiniLM); Reimers and Gurevych 2019 (mean over tokens).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_HEADS = 12
_TOKENS = 256
_TINY = np.float32(1e-12)
_PACK = 512
"""Tokens of several texts that go through together."""
_MANY = 8
"""So many packs are worth starting threads for."""
_BLOCK = 1 << 16
"""Numbers that are worked on while they are in the processor's cache."""
_SERIES = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)


@dataclass(frozen=True)
class _Layer:
    """Weights of one encoder layer, inputs first; `*_norm` is (scale, shift)."""

    attend: Floats
    attend_bias: Floats
    out: Floats
    out_bias: Floats
    out_norm: tuple[Floats, Floats]
    widen: Floats
    widen_bias: Floats
    narrow: Floats
    narrow_bias: Floats
    narrow_norm: tuple[Floats, Floats]


class MiniLM:
    """Texts to vectors, without padding.

    Args:
        folder: holds `model.safetensors` and `tokenizer.json` of the released model.

    Raises:
        OSError, ValueError, KeyError: the files are missing or of another model.
    """

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        weights = tensors(folder / "model.safetensors")
        self._words = weights["embeddings.word_embeddings.weight"]
        places = weights["embeddings.position_embeddings.weight"][:_TOKENS]
        self._places = places + weights["embeddings.token_type_embeddings.weight"][0]
        self._norm = _norm(weights, "embeddings.LayerNorm")
        count = sum(name.endswith(".intermediate.dense.weight") for name in weights)
        self._layers = [_layer(weights, f"encoder.layer.{n}.") for n in range(count)]
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_TOKENS)

    def embed(self, texts: Sequence[str]) -> Floats:
        """(len(texts), dimensions) float32, rows not scaled; many texts keep every core busy."""
        found = np.zeros((len(texts), self._words.shape[1]), dtype=np.float32)
        ids = [one.ids for one in self._tokenizer.encode_batch(list(texts))]
        packs: list[list[int]] = []
        room = 0
        for at, one in enumerate(ids):
            if len(one) > room:
                packs.append([])
                room = _PACK
            packs[-1].append(at)
            room -= len(one)

        def fill(pack: Sequence[int]) -> None:
            found[pack] = self._pack([ids[at] for at in pack])

        if len(packs) < _MANY:
            for pack in packs:
                fill(pack)
            return found
        with ThreadPoolExecutor(os.cpu_count()) as workers:
            for _ in workers.map(fill, packs):
                pass
        return found

    def _pack(self, ids: Sequence[Sequence[int]]) -> Floats:
        """Vectors of tokenised texts, all at once."""
        ends = np.cumsum([len(one) for one in ids])
        spans = [slice(end - len(one), end) for one, end in zip(ids, ends, strict=True)]
        places = np.concatenate([self._places[: len(one)] for one in ids])
        x = _normal(self._words[np.concatenate(ids)] + places, self._norm)
        for layer in self._layers:
            x = _normal(x + _attention(x, layer, spans), layer.out_norm)
            wide = _gelu(x @ layer.widen + layer.widen_bias)
            x = _normal(x + wide @ layer.narrow + layer.narrow_bias, layer.narrow_norm)
        return np.stack([x[span].mean(axis=0) for span in spans])


def tensors(path: Path) -> dict[str, Floats]:
    """The float32 tensors of a safetensors file, mapped into memory.

    The format: eight bytes of header length, a JSON header with each tensor's type, shape and
    offsets, then the numbers.

    Raises:
        OSError, ValueError, KeyError: it is not such a file.
    """
    raw = np.memmap(path, mode="r", dtype=np.uint8)
    start = 8 + int(raw[:8].view("<u8")[0])
    header = json.loads(raw[8:start].tobytes())
    found = {}
    for name, about in header.items():
        if name != "__metadata__" and about["dtype"] == "F32":
            low, high = about["data_offsets"]
            found[name] = raw[start + low : start + high].view("<f4").reshape(about["shape"])
    return found


def _layer(weights: Mapping[str, Floats], name: str) -> _Layer:
    def turned(*parts: str) -> Floats:
        stacked = np.concatenate([weights[f"{name}{part}.weight"] for part in parts])
        return np.ascontiguousarray(stacked.T)

    def bias(*parts: str) -> Floats:
        return np.concatenate([weights[f"{name}{part}.bias"] for part in parts])

    seen = [f"attention.self.{part}" for part in ("query", "key", "value")]
    out, wide, narrow = "attention.output.dense", "intermediate.dense", "output.dense"
    return _Layer(
        turned(*seen), bias(*seen), turned(out), bias(out),
        _norm(weights, f"{name}attention.output.LayerNorm"),
        turned(wide), bias(wide), turned(narrow), bias(narrow),
        _norm(weights, f"{name}output.LayerNorm"),
    )  # fmt: skip


def _norm(weights: Mapping[str, Floats], name: str) -> tuple[Floats, Floats]:
    return np.array(weights[f"{name}.weight"]), np.array(weights[f"{name}.bias"])


def _normal(x: Floats, norm: tuple[Floats, Floats]) -> Floats:
    """Layer normalisation."""
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + _TINY)
    return np.asarray(centred / spread * norm[0] + norm[1], dtype=np.float32)


def _attention(x: Floats, layer: _Layer, spans: Sequence[slice]) -> Floats:
    """Multi-head self-attention within each span of tokens."""
    count, width = x.shape
    each = width // _HEADS
    seen = (x @ layer.attend + layer.attend_bias).reshape(count, 3, _HEADS, each)
    query, key, value = seen.transpose(1, 2, 0, 3)
    mixed = np.empty((count, _HEADS, each), dtype=np.float32)
    for span in spans:
        scores = query[:, span] @ key[:, span].transpose(0, 2, 1) / np.float32(np.sqrt(each))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed[span] = (scores @ value[:, span]).transpose(1, 0, 2)
    return np.asarray(mixed.reshape(count, width) @ layer.out + layer.out_bias, dtype=np.float32)


def _gelu(x: Floats) -> Floats:
    """The Gaussian error linear unit, in place; see `_tail`. A few rows at a time, in the cache."""
    rows = max(1, _BLOCK // x.shape[1])
    for start in range(0, len(x), rows):
        block = x[start : start + rows]
        tail = _tail(np.abs(block))
        # x times the normal distribution up to x: 1 - tail above 0, tail below.
        tail *= block
        np.maximum(block, 0, out=block)
        block -= np.abs(tail)
    return x


def _tail(x: Floats) -> Floats:
    """The normal distribution beyond each x >= 0, to 1e-7; changes `x`.

    Abramowitz and Stegun 7.1.26: five times as quick as the error function of scipy.
    """
    x *= np.float32(np.sqrt(0.5))
    part = x * np.float32(0.3275911)
    part += np.float32(1)
    np.reciprocal(part, out=part)
    out = part * np.float32(_SERIES[0])
    for factor in _SERIES[1:]:
        out += np.float32(factor)
        out *= part
    np.multiply(x, x, out=x)
    np.negative(x, out=x)
    np.exp(x, out=x)
    out *= x
    out *= np.float32(0.5)
    return out
