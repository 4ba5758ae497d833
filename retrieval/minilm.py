"""The forward pass of the bundled all-MiniLM-L6-v2 in numpy: a BERT encoder, mean, unit length.

A request is one short text, and for that neither torch nor sentence-transformers is needed: the
first vector comes half a second after start instead of five, with 400 MB less memory, and equals
theirs to six decimals (a test holds it to that). Many or long texts are quicker in torch.

Knows the weights' names and nothing of where they come from. Architecture: Devlin et al. 2019;
Wang et al. 2020 (MiniLM); Reimers and Gurevych 2019 (mean over tokens).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_HEADS = 12
_TOKENS = 256
_TINY = np.float32(1e-12)


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
    """Texts to vectors, one after the other.

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

    def embed(self, text: str) -> Floats:
        """(dimensions,) float32, not scaled."""
        ids = self._tokenizer.encode(text).ids
        x = _normal(self._words[ids] + self._places[: len(ids)], self._norm)
        for layer in self._layers:
            x = _normal(x + _attention(x, layer), layer.out_norm)
            wide = _gelu(x @ layer.widen + layer.widen_bias)
            x = _normal(x + wide @ layer.narrow + layer.narrow_bias, layer.narrow_norm)
        return np.asarray(x.mean(axis=0), dtype=np.float32)


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


def _attention(x: Floats, layer: _Layer) -> Floats:
    """Multi-head self-attention over all tokens of one text."""
    count, width = x.shape
    seen = (x @ layer.attend + layer.attend_bias).reshape(count, 3, _HEADS, width // _HEADS)
    query, key, value = seen.transpose(1, 2, 0, 3)
    scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(width // _HEADS))
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    scores /= scores.sum(axis=-1, keepdims=True)
    mixed = (scores @ value).transpose(1, 0, 2).reshape(count, width)
    return np.asarray(mixed @ layer.out + layer.out_bias, dtype=np.float32)


def _gelu(x: Floats) -> Floats:
    """The exact Gaussian error linear unit."""
    from scipy.special import erf

    half = np.float32(0.5)
    return np.asarray(x * half * (1 + erf(x * np.float32(np.sqrt(0.5)))), dtype=np.float32)
