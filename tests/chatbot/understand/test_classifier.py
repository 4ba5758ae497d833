from collections.abc import Sequence

import numpy as np

from chatbot.understand import Context, classifier
from chatbot.understand.embedded import EmbeddedReader
from retrieval.catalogue import Catalogue
from retrieval.embeddings import MINILM_SHA256, HashEmbedder, Vectors


class Counting:
    """Embeds everything alike and counts how often it was asked."""

    name = f"all-MiniLM-L6-v2:{MINILM_SHA256[:8]}"
    dimensions = 384

    def __init__(self) -> None:
        self.asked = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += len(texts)
        return np.zeros((len(texts), 384), dtype=np.float32)


def test_the_shipped_weights_fit_one_model_and_one_domain() -> None:
    assert classifier.load(HashEmbedder(), "films") is None
    assert classifier.load(Counting(), "restaurants") is None
    assert classifier.load(None, "films") is None
    loaded = classifier.load(Counting(), "films")
    assert loaded is not None and loaded.weights.shape == (384,)
    assert 0.0 < loaded.threshold < 1.0 and loaded.temperature > 0


def test_the_chance_is_a_chance() -> None:
    weights = np.ones(384, dtype=np.float32)
    sure = classifier.ScopeClassifier(Counting(), weights, 50.0, 1.0, 0.5)
    assert sure.outside("anything") > 0.99
    unsure = classifier.ScopeClassifier(Counting(), weights, 0.0, 1.0, 0.5)
    assert unsure.outside("anything") == 0.5


def test_an_embedding_is_made_only_where_the_rules_are_unsure(films: Catalogue) -> None:
    embedder = Counting()
    reader = EmbeddedReader(films, embedder)
    for text in ("I want sci-fi films", "no horror", "hello", "想看喜剧", "who directed Alien?"):
        reader.read(text, Context())
    assert embedder.asked == 0
    reader.read("how do I bake bread", Context())
    assert embedder.asked == 1
