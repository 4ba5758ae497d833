"""The assistant in LangChain's shapes: a retriever of items, and a tool that recommends.

retriever = SommelierRetriever(assistant=assistant, k=5)
tool = RecommendTool(assistant=assistant)
"""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    AsyncCallbackManagerForToolRun,
    CallbackManagerForRetrieverRun,
    CallbackManagerForToolRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import run_in_executor
from langchain_core.tools import BaseTool, ToolException
from pydantic import ConfigDict, Field

from chatbot import wire
from chatbot.assistant import Assistant
from chatbot.errors import SommelierError
from chatbot.integrations.tools import RecommendArguments, Tools


class SommelierRetriever(BaseRetriever):  # type: ignore[misc]
    """Items for a request in plain words, best first, as documents.

    The page content is the item's recorded facts, a line a facet; the metadata holds id, title,
    score, reasons and facts. Likes, dislikes and limits in the query are understood and kept.
    """

    assistant: Assistant
    k: int = Field(5, ge=1, le=50)
    catalogue: str | None = None

    model_config = ConfigDict(arbitrary_types_allowed=True)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        found = self.assistant.search(query, k=self.k, catalogue=self.catalogue)
        documents = []
        for card in found:
            item = self.assistant.item(card.id, self.catalogue)
            shape = wire.plain(wire.card(card))
            facts = wire.item(item)["facets"]
            documents.append(
                Document(
                    id=card.id,
                    page_content=_facts(card.title, facts),
                    metadata={
                        "id": card.id,
                        "title": card.title,
                        "score": shape["score"],
                        "reasons": [r["text"] for r in shape["reasons"]],
                        "facts": facts,
                    },
                )
            )
        return documents

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        found: list[Document] = await run_in_executor(
            None, self._get_relevant_documents, query, run_manager=run_manager.get_sync()
        )
        return found


class RecommendTool(BaseTool):  # type: ignore[misc]
    """Recommends items for what a person says; what it returns can be checked.

    The content is a numbered list with reasons; the artifact is the same for programs.
    """

    name: str = "recommend"
    description: str = (
        "Recommend items from the catalogue for a request in plain words (English or Chinese), "
        "with likes, dislikes and hard limits. Every item exists; every reason is a recorded fact."
    )
    args_schema: Any = RecommendArguments
    response_format: Any = "content_and_artifact"
    handle_tool_error: Any = True
    assistant: Assistant

    model_config = ConfigDict(arbitrary_types_allowed=True)

    def _run(
        self, run_manager: CallbackManagerForToolRun | None = None, **arguments: Any
    ) -> tuple[str, dict[str, Any]]:
        try:
            found = Tools(self.assistant).call("recommend", arguments)
        except SommelierError as error:
            raise ToolException(str(error)) from error
        return found.text, found.data

    async def _arun(
        self, run_manager: AsyncCallbackManagerForToolRun | None = None, **arguments: Any
    ) -> tuple[str, dict[str, Any]]:
        found: tuple[str, dict[str, Any]] = await run_in_executor(None, self._run, **arguments)
        return found


def _facts(title: str, facts: dict[str, Any]) -> str:
    lines = [title]
    for name, value in facts.items():
        said = ", ".join(map(str, value)) if isinstance(value, list) else value
        lines.append(f"{name}: {said}")
    return "\n".join(lines)
