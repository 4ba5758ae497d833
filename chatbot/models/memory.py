"""How much memory there is, and how much a model will take. Asks the system, guesses nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def available(device: str) -> int:
    """Free bytes on `device` ("cuda", "cuda:1", "cpu"); 0 where it cannot be told."""
    if device.startswith("cuda"):
        import torch

        free, _total = torch.cuda.mem_get_info(torch.device(device))
        return int(free)
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def cache_bytes_per_token(config: Any, element: int = 2) -> int:
    """Bytes of keys and values that one token of one conversation takes in all layers."""
    text = config.get_text_config()
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    size = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    return int(2 * text.num_hidden_layers * heads * size * element)


def release_cached() -> None:
    """Hand memory that torch only keeps for later back to the device."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
