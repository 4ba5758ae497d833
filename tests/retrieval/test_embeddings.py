import numpy as np
import pytest

from retrieval.embeddings import Embedder, HashEmbedder, SentenceEmbedder
from retrieval.minilm import MiniLM

TEXTS = ["Sci-Fi, space, tense", "a lonely waitress in Paris", "霸王别姬 opera", "", "x " * 400]


@pytest.fixture(scope="module", params=["hash", "minilm"])
def model(request: pytest.FixtureRequest) -> Embedder:
    return HashEmbedder(128) if request.param == "hash" else SentenceEmbedder()


def test_vectors_are_of_unit_length_and_an_empty_text_is_zero(model: Embedder) -> None:
    vectors = model.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), model.dimensions) and vectors.dtype == np.float32
    lengths = np.linalg.norm(vectors, axis=1)
    assert lengths == pytest.approx([1, 1, 1, 0, 1], abs=1e-5)


def test_nothing_gives_nothing(model: Embedder) -> None:
    assert model.embed([]).shape == (0, model.dimensions)


def test_a_text_embeds_alike_alone_and_in_company(model: Embedder) -> None:
    together = model.embed(TEXTS)
    assert np.allclose(model.embed(TEXTS[1:2])[0], together[1], atol=1e-6)


def test_like_texts_are_nearer(model: Embedder) -> None:
    space, outer, love = model.embed(["film about space", "space films", "romantic wedding"])
    assert space @ outer > space @ love


def test_the_name_tells_models_apart() -> None:
    names = {HashEmbedder(64).name, HashEmbedder(32).name, SentenceEmbedder().name}
    assert len(names | {SentenceEmbedder("other").name}) == 4


def test_numpy_agrees_with_sentence_transformers() -> None:
    short = SentenceEmbedder()
    long = SentenceEmbedder(device="cpu")  # a device asks for torch
    assert np.allclose(short.embed(TEXTS), long.embed(TEXTS), atol=2e-6)
    assert isinstance(short._small, MiniLM) and short._model is None
    assert long._small is None


def test_weights_that_are_not_the_released_ones_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("retrieval.embeddings.MINILM_SHA256", "0" * 64)
    with pytest.raises(RuntimeError, match="reinstall"):
        SentenceEmbedder().embed(["x"])


def test_many_texts_embed_as_each_alone() -> None:
    texts = [f"{word} {'and so on ' * (n % 40)}" for n in range(40) for word in ("war", "love")]
    together = SentenceEmbedder().embed([*texts, "", texts[0]])
    alone = SentenceEmbedder()
    assert np.allclose(together[:-2], [alone.embed([t])[0] for t in texts], atol=2e-6)
    assert not together[-2].any()
    assert np.array_equal(together[-1], together[0])
