"""Turns conversation into recommendations. `Assistant` is the door for Python programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatbot.assistant import Assistant

__all__ = ["Assistant"]


def __getattr__(name: str) -> Any:
    """Import `Assistant` when it is first asked for, so that importing `chatbot` stays light."""
    if name == "Assistant":
        from chatbot.assistant import Assistant

        return Assistant
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
