"""The HTTP API: sessions, turns, profile, feedback, items, search, a visitor's own data."""

from __future__ import annotations

from chatbot.api.app import create_app

__all__ = ["create_app"]
