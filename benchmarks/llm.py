"""Throughput and latency of the local model under concurrent turns.

    python -m benchmarks.llm                       # a small shape on the CPU, a minute
    python -m benchmarks.llm --shape 4b --save     # Qwen3-4B's exact shape, random weights, GPU

Three figures for each number of concurrent turns: seconds to the first token (median, 95th
percentile), tokens per second of all turns together, and the same against (a) sequential
`model.generate` in the same run and (b) the memory-bandwidth bound: a step has to read every weight
once and every cached key and value once. With `--turns`, whole phases are timed as well: a
constrained reading and the first words of an answer. `--save` keeps the figures.
"""

from __future__ import annotations

import argparse
import json
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.results import save

SHAPES: dict[str, dict[str, int]] = {
    "tiny": {"hidden": 256, "inner": 768, "layers": 4, "heads": 4, "kv": 2, "head": 64},
    "0.6b": {"hidden": 1024, "inner": 3072, "layers": 28, "heads": 16, "kv": 8, "head": 128},
    "4b": {"hidden": 2560, "inner": 9728, "layers": 36, "heads": 32, "kv": 8, "head": 128},
}
"""Qwen3's shapes; the weights are random, which costs what trained ones cost."""

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def build(shape: str, device: str, vocabulary: int) -> tuple[Any, Any]:
    """(model, tokenizer) of a shape, on a device, in bf16."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

    tokens = Tokenizer(models.BPE())
    tokens.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokens.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2000,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokens.train_from_iterator([Path(__file__).read_text(encoding="utf-8")], trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=tokens, eos_token="<|im_end|>", chat_template=TEMPLATE
    )
    s = SHAPES[shape]
    config = Qwen3Config(
        vocab_size=vocabulary,
        hidden_size=s["hidden"],
        intermediate_size=s["inner"],
        num_hidden_layers=s["layers"],
        num_attention_heads=s["heads"],
        num_key_value_heads=s["kv"],
        head_dim=s["head"],
        max_position_embeddings=16384,
        tie_word_embeddings=True,
        eos_token_id=vocabulary - 1,  # never likely: every run has the same length
    )
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            model = Qwen3ForCausalLM(config).eval()
    finally:
        torch.set_default_dtype(torch.float32)
    return model, tokenizer


def bandwidth(device: str) -> float:
    """Bytes a second that a plain copy moves, reads and writes together."""
    import torch

    size = 2**30 if device.startswith("cuda") else 2**27
    source = torch.zeros(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    best = 0.0
    for _ in range(5):
        sync(device)
        start = time.perf_counter()
        target.copy_(source)
        sync(device)
        best = max(best, 2 * size / (time.perf_counter() - start))
    return best


def sync(device: str) -> None:
    if device.startswith("cuda"):
        import torch

        torch.cuda.synchronize()


def prompt_of(tokenizer: Any, turn: int, length: int) -> tuple[int, ...]:
    """A prompt of `length` tokens: the same first three quarters for all, the rest its own."""
    words = tokenizer("the films in this catalogue and their facts are these. " * length).input_ids
    shared = words[: 3 * length // 4]
    own = tokenizer(f"turn {turn} says {turn * 7919} and more of its own. " * length).input_ids
    return tuple([*shared, *own][:length])


def sequential(model: Any, prompts: list[tuple[int, ...]], new: int, device: str) -> float:
    """Tokens a second of `generate`, one conversation after the other."""
    import torch

    start = time.perf_counter()
    with torch.inference_mode():
        for prompt in prompts:
            ids = torch.tensor([prompt], device=device)
            model.generate(ids, max_new_tokens=new, min_new_tokens=new, do_sample=False)
    sync(device)
    return len(prompts) * new / (time.perf_counter() - start)


def together(engine: Any, prompts: list[tuple[int, ...]], new: int) -> dict[str, float]:
    """All conversations at once through the engine."""
    from chatbot.models.engine import End, Request

    begun = time.perf_counter()
    first: list[float] = [0.0] * len(prompts)
    made = [0] * len(prompts)
    ended = threading.Semaphore(0)

    def sink(i: int, event: object) -> None:
        if isinstance(event, End):
            ended.release()
            return
        first[i] = first[i] or time.perf_counter() - begun
        made[i] += len(event)  # type: ignore[arg-type]

    for i, prompt in enumerate(prompts):
        request = Request(prompt, new, time.monotonic() + 3600, lambda e, i=i: sink(i, e))
        engine.submit(request)
    for _ in prompts:
        ended.acquire()
    seconds = time.perf_counter() - begun
    ordered = sorted(first)
    return {
        "first_token_s_median": round(statistics.median(ordered), 4),
        "first_token_s_p95": round(ordered[int(0.95 * (len(ordered) - 1))], 4),
        "tokens_per_s": round(sum(made) / seconds, 1),
        "seconds": round(seconds, 3),
    }


def bound(model: Any, n: int, length: int, moved: float) -> float:
    """Tokens a second if a step took only the time to read weights and cache once."""
    from chatbot.models.memory import cache_bytes_per_token

    weights = sum(p.numel() * p.element_size() for p in model.parameters())
    cache = n * length * cache_bytes_per_token(model.config)
    return n * moved / (weights + cache)


def phases(completer: Any, users: int) -> dict[str, float]:
    """Whole phases at `users` concurrent turns: a constrained reading, the first words."""
    from chatbot.models.completion import Ask, complete
    from chatbot.models.reading import schema_for
    from prompts import Message
    from retrieval.schema import Facet, Schema

    schema = schema_for(
        Schema({"genre": Facet("genre", "category"), "year": Facet("year", "number")})
    )
    opening = Message("system", "You read what customers say. " * 120)

    def read(i: int) -> float:
        start = time.perf_counter()
        ask = Ask(
            (opening, Message("user", f"turn {i}")),
            time.monotonic() + 600,
            max_tokens=60,
            schema=schema,
        )
        complete(completer, ask)
        return time.perf_counter() - start

    def word(i: int) -> float:
        start = time.perf_counter()
        ask = Ask((opening, Message("user", f"turn {i}")), time.monotonic() + 600, max_tokens=24)
        complete(completer, ask)
        return time.perf_counter() - start

    with ThreadPoolExecutor(users) as pool:
        list(pool.map(read, range(users)))  # the shared beginning is kept from here on
        reads, words = list(pool.map(read, range(users))), list(pool.map(word, range(users)))
    return {
        "users": users,
        "reading_of_60_tokens_s_median": round(statistics.median(reads), 3),
        "first_24_words_s_median": round(statistics.median(words), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", choices=SHAPES, default="tiny")
    parser.add_argument("--device", default="", help="a torch device; default CUDA where present")
    parser.add_argument("--concurrent", default="1,8,32,64", help="numbers of concurrent turns")
    parser.add_argument("--prompt", type=int, default=0, help="tokens of a prompt")
    parser.add_argument("--new", type=int, default=0, help="tokens to generate")
    parser.add_argument("--turns", type=int, default=8, help="users of the phase figures; 0 = none")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0 = torch's choice")
    parser.add_argument("--save", action="store_true", help="keep the figures under results/")
    args = parser.parse_args()

    from chatbot.models.loading import best_device, completer_over

    device = args.device or best_device()
    if args.threads:
        import torch

        torch.set_num_threads(args.threads)
    gpu = device.startswith("cuda")
    length, new = args.prompt or (1024 if gpu else 256), args.new or (128 if gpu else 32)
    model, tokenizer = build(args.shape, device, 151_936 if args.shape != "tiny" else 8192)
    counts = [int(n) for n in args.concurrent.split(",")]
    moved = bandwidth(device)
    completer = completer_over(model, tokenizer, name=args.shape, rows=max(counts), context=8192)
    engine = completer.model.engine
    together(engine, [prompt_of(tokenizer, 0, length)] * 2, 4)  # warm-up
    few = [prompt_of(tokenizer, i, length) for i in range(4)]
    sequential(model, few[:1], 4, device)  # warm-up
    one_by_one = sequential(model, few, new, device)
    rows = []
    for n in counts:
        found = together(engine, [prompt_of(tokenizer, i, length) for i in range(n)], new)
        limit = bound(model, n, length + new, moved)
        rows.append(
            {
                "concurrent": n,
                **found,
                "against_sequential": round(found["tokens_per_s"] / one_by_one, 2),
                "bandwidth_bound_tokens_per_s": round(limit, 1),
                "share_of_bound": round(found["tokens_per_s"] / limit, 4),
            }
        )
        print(json.dumps(rows[-1]))
    report = {
        "shape": args.shape,
        "parameters": sum(p.numel() for p in model.parameters()),
        "device": device_name(device),
        "threads": args.threads,
        "prompt_tokens": length,
        "new_tokens": new,
        "sequential_tokens_per_s": round(one_by_one, 1),
        "bandwidth_bytes_per_s": round(moved),
        "rows": rows,
        "phases": phases(completer, args.turns) if args.turns else {},
        "engine": dict(engine.counts),
    }
    completer.close()
    print(json.dumps(report, indent=2))
    if args.save:
        print(save(f"llm_{args.shape}_{device.split(':')[0]}", report))


def device_name(device: str) -> str:
    if device.startswith("cuda"):
        import torch

        return str(torch.cuda.get_device_name(device))
    return "CPU"


if __name__ == "__main__":
    main()
