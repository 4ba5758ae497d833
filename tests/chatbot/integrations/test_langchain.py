"""The retriever and the tool in LangChain's shapes."""

from __future__ import annotations

import asyncio

from langchain_core.messages import ToolCall
from langchain_core.runnables import RunnableLambda

from chatbot import Assistant
from chatbot.integrations.langchain import RecommendTool, SommelierRetriever


def test_the_retriever_gives_documents_with_facts(assistant: Assistant) -> None:
    retriever = SommelierRetriever(assistant=assistant, k=3)
    found = retriever.invoke("sci-fi films, no horror")
    assert len(found) == 3
    assert len({d.id for d in found}) == 3
    for document in found:
        assert document.metadata["title"] in document.page_content
        assert "Horror" not in document.metadata["facts"]["genre"]
        assert document.metadata["reasons"]
    again = asyncio.run(retriever.ainvoke("sci-fi films, no horror"))
    assert [d.id for d in again] == [d.id for d in found]


def test_the_retriever_is_a_link_of_a_chain(assistant: Assistant) -> None:
    chain = SommelierRetriever(assistant=assistant, k=2) | RunnableLambda(
        lambda documents: [d.metadata["title"] for d in documents]
    )
    assert len(chain.invoke("轻松的喜剧")) == 2


def test_the_tool_answers_a_models_call(assistant: Assistant) -> None:
    tool = RecommendTool(assistant=assistant)
    assert set(tool.args) >= {"request", "history", "exclude", "k"}
    call = ToolCall(
        name="recommend", args={"request": "westerns", "k": 2}, id="1", type="tool_call"
    )
    answer = tool.invoke(call)
    assert len(answer.artifact["items"]) == 2
    assert answer.artifact["items"][0]["title"] in answer.content
    assert "2." in tool.invoke({"request": "westerns", "k": 2})
    wrong = tool.invoke(
        ToolCall(
            name="recommend",
            args={"request": "x", "catalogue": "nowhere"},
            id="2",
            type="tool_call",
        )
    )
    assert wrong.status == "error"
    assert "no catalogue" in wrong.content
    assert asyncio.run(tool.ainvoke(call)).artifact["items"] == answer.artifact["items"]
