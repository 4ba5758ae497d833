"""The catalogues we ship, each a folder: `items.jsonl`, `schema.toml`, weights with their source.

Data only; what reads it lives in `chatbot.importing.shipped`.
"""

from __future__ import annotations

from importlib import resources


def names() -> tuple[str, ...]:
    """Names of the shipped catalogues, sorted."""
    return tuple(
        sorted(
            folder.name
            for folder in resources.files(__name__).iterdir()
            if folder.is_dir() and folder.joinpath("items.jsonl").is_file()
        )
    )
