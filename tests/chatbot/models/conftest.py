"""Models built in the test: a random one, and one trained on the spot."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CORPUS = [
    "Alien is a horror film from 1979, directed by Ridley Scott, with Sigourney Weaver.",
    "I want something funny for tonight, but no horror please. The second one, is it scary?",
    '{"language":"en","intent":"recommend","wants":[{"stance":"forbid","facet":"genre"',
    "想看一部轻松的喜剧，不要恐怖片。《异形》是雷德利·斯科特导演的。",
    "system user assistant Write the answer in English now. What the customer said:",
]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes minutes; run with -m slow")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "slow" not in config.getoption("markexpr", ""):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="slow; run with -m slow"))


def build_tokenizer(corpus: Sequence[str] = CORPUS, size: int = 512) -> Any:
    """A byte-level BPE tokenizer with Qwen's control tokens and a chat template."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        chat_template=TEMPLATE,
    )


def build_model(
    tokenizer: Any, *, hidden: int = 64, layers: int = 2, length: int = 8192, seed: int = 0
) -> Any:
    """A Qwen3 of the real shape in miniature, with random weights."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(seed)
    config = Qwen3Config(
        vocab_size=len(tokenizer) + 13,  # like real ones: more rows than tokens
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=hidden // 4,
        max_position_embeddings=length,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.convert_tokens_to_ids("<|im_end|>"),
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.3,
    )
    return Qwen3ForCausalLM(config).eval()


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    return build_tokenizer()


@pytest.fixture(scope="session")
def random_model(tokenizer: Any) -> Any:
    return build_model(tokenizer)


@pytest.fixture
def local(tokenizer: Any, random_model: Any) -> Iterator[Any]:
    from chatbot.models.local import LocalChatModel

    model = LocalChatModel.over(random_model, tokenizer, max_rows=32, max_waiting=64)
    yield model
    model.close()


@pytest.fixture
def saved(tmp_path: Path, tokenizer: Any, random_model: Any) -> Path:
    """A folder with the random model as people keep theirs."""
    folder = tmp_path / "model"
    random_model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Every test here ends with the threads it began with."""
    before = set(threading.enumerate())
    yield
    end = time.monotonic() + 5
    left = [t for t in threading.enumerate() if t not in before]
    while left and time.monotonic() < end:
        left[0].join(0.1)
        left = [t for t in threading.enumerate() if t not in before]
    ours = [t for t in left if not t.name.startswith(("asyncio", "ThreadPool"))]
    assert not ours, ours
