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
    tokenizer: Any,
    *,
    hidden: int = 64,
    layers: int = 2,
    length: int = 8192,
    seed: int = 0,
    spread: float = 0.3,
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
        initializer_range=spread,
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
    while (left := _ours(before)) and time.monotonic() < end:
        left[0].join(0.1)
    assert not left, left


def _ours(before: set[threading.Thread]) -> list[threading.Thread]:
    """Threads begun since `before`, without those that libraries keep for the whole process."""
    theirs = ("asyncio", "ThreadPool", "tqdm")
    return [t for t in threading.enumerate() if t not in before and not t.name.startswith(theirs)]


@pytest.fixture(scope="session")
def catalogue() -> Any:
    """Ten films whose facts the tests know."""
    from retrieval.catalogue import Catalogue
    from retrieval.items import Item
    from retrieval.schema import Facet, Schema

    schema = Schema(
        {
            "genre": Facet(
                "genre",
                "category",
                many=True,
                labels={"en": "genre", "zh": "类型"},
                synonyms={"Comedy": ("funny", "搞笑", "喜剧片"), "Horror": ("scary", "恐怖片")},
                value_labels={"Comedy": {"zh": "喜剧"}, "Horror": {"zh": "恐怖"}},
            ),
            "director": Facet("director", "category", role="person", labels={"zh": "导演"}),
            "cast": Facet("cast", "category", role="person", many=True, labels={"zh": "主演"}),
            "year": Facet("year", "number", labels={"zh": "年份"}),
            "runtime": Facet("runtime", "number", unit="minutes", labels={"zh": "片长"}),
            "overview": Facet("overview", "text"),
        },
        noun={"en": "film", "zh": "电影", "zh_measure": "部"},
        nouns={"en": "films", "zh": "电影"},
    )
    rows = [
        ("Alien", "异形", 1979, 117, ("Horror", "Sci-Fi"), "Ridley Scott", "Sigourney Weaver"),
        ("Airplane!", "空前绝后满天飞", 1980, 88, ("Comedy",), "Jim Abrahams", "Leslie Nielsen"),
        ("Hero", "英雄", 2002, 99, ("Action", "History"), "Zhang Yimou", "Jet Li"),
        (
            "Toy Story",
            "玩具总动员",
            1995,
            81,
            ("Comedy", "Animation"),
            "John Lasseter",
            "Tom Hanks",
        ),
        ("Gladiator", "角斗士", 2000, 155, ("Action", "Drama"), "Ridley Scott", "Russell Crowe"),
        ("The Ring", "午夜凶铃", 2002, 115, ("Horror",), "Gore Verbinski", "Naomi Watts"),
        ("Paddington", "帕丁顿熊", 2014, 95, ("Comedy", "Family"), "Paul King", "Ben Whishaw"),
        ("Casablanca", "卡萨布兰卡", 1942, 102, ("Drama",), "Michael Curtiz", "Humphrey Bogart"),
        ("Up", "飞屋环游记", 2009, 96, ("Animation", "Family"), "Pete Docter", "Ed Asner"),
        (
            "Get Out",
            "逃出绝命镇",
            2017,
            104,
            ("Horror", "Mystery"),
            "Jordan Peele",
            "Daniel Kaluuya",
        ),
    ]
    items = [
        Item(
            title.lower().strip("!").replace(" ", "-"),
            title,
            {
                "title_zh": zh,
                "year": float(year),
                "runtime": float(runtime),
                "genre": genres,
                "director": (director,),
                "cast": (star,),
                "overview": f"A story told in {year}.",
            },
            aka=(zh,),
        )
        for title, zh, year, runtime, genres, director, star in rows
    ]
    return Catalogue("films", items, schema)


@pytest.fixture(scope="session")
def embedded(catalogue: Any) -> Any:
    from chatbot.understand.embedded import EmbeddedReader

    reader = EmbeddedReader(catalogue)
    reader.warm()
    return reader


@pytest.fixture(scope="session")
def linker(catalogue: Any) -> Any:
    from chatbot.understand.linker import Linker

    return Linker(catalogue)


def teach(
    pairs: Sequence[tuple[Sequence[dict[str, str]], str]], *, steps: int = 400, size: int = 1200
) -> tuple[Any, Any]:
    """(model, tokenizer) that answers each conversation with its text: overfit on the spot.

    One thread: on a busy machine two spend their time waiting for each other.

    Conversations that begin alike are taught together; their common beginning is computed once a
    step and without gradients, which makes long instructions cheap.
    """
    import torch
    from transformers import DynamicCache

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    corpus = [m["content"] for messages, _ in pairs for m in messages] + [a for _, a in pairs] * 8
    tokenizer = build_tokenizer(corpus, size)
    torch.manual_seed(1)
    model = build_model(tokenizer, hidden=96, layers=2, spread=0.05)
    from chatbot.models.tokens import ChatTokens

    tokens = ChatTokens(tokenizer)
    end = tokenizer.eos_token_id
    rows = [
        (list(tokens.prompt(m)), [*tokenizer(a, add_special_tokens=False).input_ids, end])
        for m, a in pairs
    ]
    groups: dict[tuple[int, ...], list[tuple[list[int], list[int]]]] = {}
    for prompt, answer in rows:
        groups.setdefault(tuple(prompt[:9]), []).append((prompt, answer))
    optimiser = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.0)
    model.train()
    batches = [_batch(group, tokenizer.pad_token_id) for group in groups.values()]
    quiet = 0
    for step in range(steps):
        for rate in optimiser.param_groups:
            rate["lr"] = 4e-3 * min(1.0, (step + 1) / 20) * (1 - 0.8 * step / steps)
        worst = 0.0
        for prefix, ids, labels in batches:
            cache = DynamicCache(config=model.config)
            if prefix.shape[1]:
                with torch.no_grad():
                    model(input_ids=prefix, past_key_values=cache, use_cache=True, logits_to_keep=1)
                cache.batch_repeat_interleave(ids.shape[0])
            logits = model(input_ids=ids, past_key_values=cache, use_cache=True).logits
            loss = torch.nn.functional.cross_entropy(
                logits[:, :-1].reshape(-1, logits.shape[-1]), labels[:, 1:].reshape(-1)
            )
            loss.backward()
            worst = max(worst, float(loss.detach()))
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        quiet = quiet + 1 if worst < 0.03 else 0
        if quiet >= 3:
            break
    torch.set_num_threads(threads)
    return model.eval(), tokenizer


def _batch(group: Sequence[tuple[list[int], list[int]]], pad: int) -> tuple[Any, Any, Any]:
    """(common beginning, the rest padded on the right, labels on the answers alone)."""
    import torch

    first = group[0][0]
    common = 0
    while len(group) > 1 and all(
        common + 1 < len(p) and p[common] == first[common] for p, _ in group
    ):
        common += 1
    if len(group) == 1:
        common = max(0, len(first) - 40)
    width = max(len(p) + len(a) for p, a in group) - common
    ids = torch.full((len(group), width), pad)
    labels = torch.full((len(group), width), -100)
    for i, (prompt, answer) in enumerate(group):
        row = prompt[common:] + answer
        ids[i, : len(row)] = torch.tensor(row)
        labels[i, len(prompt) - common : len(row)] = torch.tensor(answer)
    return torch.tensor([first[:common]], dtype=torch.long).reshape(1, -1), ids, labels


class Scripted:
    """A `Completer` that says what it is told to: a text, or an error to raise."""

    name = "scripted"

    def __init__(self, *answers: Any, size: int = 7) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []
        self.size = size
        self.closed = False

    def stream(self, ask: Any) -> Iterator[str]:
        self.asked.append(ask)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            answer = answer(ask)
        if isinstance(answer, Exception):
            raise answer
        for start in range(0, len(answer), self.size):
            yield answer[start : start + self.size]

    def close(self) -> None:
        self.closed = True


@pytest.fixture(scope="session")
def scripted() -> type[Scripted]:
    return Scripted


@pytest.fixture(scope="session")
def teacher() -> Any:
    return teach
