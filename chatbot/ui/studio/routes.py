"""The studio's page and everything it asks, as routers to include."""

from __future__ import annotations

from chatbot.ui.studio import drafts, ordering
from chatbot.ui.studio.door import PATH, asked
from chatbot.ui.studio.page import router

# Importing the modules registers what they answer.
_ANSWERING = (ordering, drafts)

__all__ = ["PATH", "asked", "router"]
