"""Opens weights on this machine: finds or downloads them, checks them and the room, loads them.

Everything that can be known before loading is checked before loading, and says what to do.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatbot.models.chat import ChatCompleter
from chatbot.models.completion import Ask
from chatbot.models.errors import ModelError, ModelLoadError
from chatbot.models.handle import Progress
from chatbot.models.memory import available, cache_bytes_per_token
from chatbot.models.weights import check_weights, find, halt
from retrieval.adapters import merged

_OVERHEAD = 600_000_000
"""Bytes beside weights and cache: activations, kernels, the CUDA context."""

_CONVERSATION = 2048
"""Tokens that one turn usually holds; what many conversations at once are planned with."""

_SHORTEST = 2048
"""Tokens of context without which instructions, examples and facts do not fit."""

_QUANTISED = {4: 0.32, 8: 0.56}


@dataclass(frozen=True, slots=True)
class LocalOptions:
    """How weights are loaded.

    Attributes:
        model: hub name or folder.
        device: a torch device, "" = CUDA where present.
        bits: 4 or 8 to quantise, 0 = as they are.
        context: longest conversation, tokens.
        adapter: folder of a LoRA adapter, "" = none.
    """

    model: str
    device: str = ""
    bits: int = 0
    context: int = 8192
    adapter: str = ""


def open_local(
    options: LocalOptions,
    progress: Progress = lambda what, share: None,
    stopped: threading.Event | None = None,
) -> ChatCompleter:
    """The model, loaded and warm.

    Raises:
        ModelLoadError: it is missing, damaged, not a chat model, or does not fit; with a remedy.
    """
    stopped = stopped or threading.Event()
    folder = find(options.model, progress, stopped)
    progress("checking", 0.0)
    size = check_weights(folder)
    device = options.device or best_device()
    config = _config(folder, options.model)
    rows = plan(config, size, options, device)
    halt(stopped)
    progress("loading", 0.1)
    model, tokenizer = load_weights(folder, options, device)
    halt(stopped)
    progress("warming up", 0.9)
    return completer_over(model, tokenizer, name=options.model, rows=rows, context=options.context)


def completer_over(
    model: Any, tokenizer: Any, *, name: str = "local", rows: int = 8, context: int = 8192
) -> ChatCompleter:
    """A completer over a loaded transformers model.

    Raises:
        ModelLoadError: it has no chat template.
    """
    from chatbot.models.local import LocalChatModel

    try:
        chat = LocalChatModel.over(
            model, tokenizer, name=name, max_rows=rows, max_length=context, max_waiting=4 * rows
        )
    except ModelError as error:
        raise ModelLoadError(error.message, hint=error.hint) from error

    def options(ask: Ask) -> Mapping[str, Any]:
        return {
            "json_schema": ask.schema,
            "cancel": ask.cancel,
            "deadline": ask.deadline,
            "first": ask.first,
            "max_tokens": ask.max_tokens,
            "temperature": ask.temperature,
        }

    return ChatCompleter(chat, name, options, _not_ours, close=chat.close, attempts=2)


def _not_ours(error: Exception) -> ModelError:
    return ModelError(f"the language model failed: {type(error).__name__}.")


def best_device() -> str:
    """The device to use when none is named: CUDA where a GPU is usable, else the CPU."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _config(folder: Path, name: str) -> Any:
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(folder)
    except (OSError, ValueError, KeyError) as error:
        raise ModelLoadError(
            f"{name} has no configuration that transformers understands.",
            hint="Choose a causal chat model, or update transformers.",
        ) from error


def plan(config: Any, size: int, options: LocalOptions, device: str) -> int:
    """How many conversations fit beside the weights, 1 to 64.

    Raises:
        ModelLoadError: the weights and one conversation do not fit, or the context is too short.
    """
    longest = getattr(config.get_text_config(), "max_position_embeddings", options.context)
    if min(options.context, longest) < _SHORTEST:
        raise ModelLoadError(
            f"{options.model} would read only {min(options.context, longest)} tokens; a turn needs "
            f"{_SHORTEST}.",
            hint="Choose a model with a longer context, or raise SOMMELIER_LLM_CONTEXT.",
        )
    if options.bits not in (0, 4, 8):
        raise ModelLoadError(f"{options.bits} bits?", hint="SOMMELIER_LLM_BITS is 4, 8 or 0.")
    weights = size * _QUANTISED.get(options.bits, 1.0)
    one = cache_bytes_per_token(config) * min(options.context, _CONVERSATION)
    free = available(device)
    need = weights + one + (_OVERHEAD if size > _OVERHEAD else 0)
    if free and need > free:
        raise ModelLoadError(
            f"{options.model} needs about {need / 1e9:.1f} GB on {device}; "
            f"{free / 1e9:.1f} GB are free.",
            hint="Choose a smaller model, set SOMMELIER_LLM_BITS=4, or use --llm none.",
        )
    most = 64 if device.startswith("cuda") else 8
    room = 0.8 * (free - need) / one if free else most
    return int(max(1, min(most, 1 + room)))


def load_weights(folder: Path, options: LocalOptions, device: str) -> tuple[Any, Any]:
    """(model, tokenizer) of a folder that was checked, with the adapter merged in.

    Raises:
        ModelLoadError: transformers cannot make a causal model of it.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    kwargs: dict[str, Any] = {"use_safetensors": True, "dtype": "auto"}
    if device.startswith("cuda"):
        kwargs["dtype"] = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        kwargs["device_map"] = "auto" if device == "cuda" else {"": device}
    else:
        kwargs["device_map"] = {"": device}
    if options.bits:
        kwargs["quantization_config"] = _quantisation(options.bits)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForCausalLM.from_pretrained(folder, **kwargs)
        if options.adapter:
            model = merged(model, options.adapter)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise ModelLoadError(
            f"{options.model} cannot be loaded: {reason}",
            hint="Choose a causal chat model that transformers knows, or use --llm none.",
        ) from error
    return model, tokenizer


def _quantisation(bits: int) -> Any:
    import importlib.util

    if importlib.util.find_spec("bitsandbytes") is None:
        raise ModelLoadError(
            f"{bits}-bit weights need bitsandbytes, which is not installed.",
            hint="Run: pip install bitsandbytes",
        )
    import torch
    from transformers import BitsAndBytesConfig

    if bits == 8:
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
    )
