"""What the assistant can do for another program, as tools with schemas. Knows no protocol.

Every call stands alone: what was said before comes along as arguments, and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chatbot import wire
from chatbot.errors import InputError, NotFoundError
from chatbot.knowledge.pages import absolute
from chatbot.manager import DialogueManager
from chatbot.replay import heard, resolve
from chatbot.storage.sessions import MemorySessions
from chatbot.values import Card, Reply, Session
from retrieval.items import Item

if TYPE_CHECKING:
    from chatbot.assistant import Assistant

_DEEP = 200
"""So many items are ranked to find out how one of them fits."""


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _About(_Arguments):
    catalogue: str | None = Field(
        None, max_length=64, description="Which catalogue; by default the server's own."
    )


class SearchArguments(_About):
    """What to look for."""

    query: str = Field(
        min_length=1, max_length=1000, description="Words, a title or a name, English or Chinese."
    )
    k: int = Field(10, ge=1, le=50, description="How many items at most.")


class RecommendArguments(_About):
    """A request as a person says it."""

    request: str = Field(
        min_length=1,
        max_length=4000,
        description="What the person wants, in their own words, with likes, dislikes and limits.",
    )
    history: list[str] = Field(
        default=[], max_length=50, description="What they said before, oldest first."
    )
    exclude: list[str] = Field(
        default=[], max_length=500, description="Ids or titles that must not come (again)."
    )
    k: int = Field(5, ge=1, le=20, description="How many items.")


class ExplainArguments(_About):
    """An item, and what it should be judged by."""

    item: str = Field(min_length=1, max_length=256, description="The id or title of an item.")
    request: str = Field(
        "", max_length=4000, description="What the person asked for; empty tells the facts only."
    )


class DraftArguments(_About):
    """An order for a text about items."""

    kind: str = Field(
        max_length=60,
        description="article, listicle, review, comparison, newsletter, video, podcast, social, "
        "product or programme.",
    )
    topic: str = Field("", max_length=300)
    items: list[str] = Field(
        default=[], max_length=30, description="Ids, in order; none lets the recommender choose."
    )
    count: int | None = Field(None, ge=1, le=30, description="How many items to choose.")
    audience: str = Field("", max_length=300)
    language: Literal["en", "zh"] = "en"
    tone: Literal["neutral", "warm", "playful", "formal", "lively"] = "neutral"
    length: Literal["short", "medium", "long"] = "medium"


class SupportArguments(_About):
    """A question to the help pages."""

    question: str = Field(min_length=1, max_length=4000)


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool says to people, and the same for programs."""

    text: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tool:
    """One thing that can be done."""

    name: str
    title: str
    description: str
    arguments: type[BaseModel]
    run: Callable[[Any], Result]

    @property
    def schema(self) -> dict[str, Any]:
        """JSON schema of the arguments."""
        return self.arguments.model_json_schema()


class Tools:
    """The tools of one assistant. Thread-safe."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def list(self) -> tuple[Tool, ...]:
        """Every tool that would work now."""
        nouns = self._assistant.catalogue().schema.nouns.get("en", "items")
        found = [
            Tool(
                "search",
                "Search",
                f"Find {nouns} by words, title or name. Every item exists in the catalogue.",
                SearchArguments,
                self.search,
            ),
            Tool(
                "recommend",
                "Recommend",
                f"Recommend {nouns} for a request in plain words, English or Chinese: likes, "
                "dislikes and hard limits are understood and kept. Each comes with reasons that "
                "rest on recorded facts.",
                RecommendArguments,
                self.recommend,
            ),
            Tool(
                "explain",
                "Explain",
                "Tell the recorded facts of one item and how it fits a request.",
                ExplainArguments,
                self.explain,
            ),
            Tool(
                "draft",
                "Draft",
                f"Write a text about {nouns}; every factual sentence is checked against the "
                "catalogue.",
                DraftArguments,
                self.draft,
            ),
        ]
        if helps(self._assistant):
            found.append(
                Tool(
                    "support",
                    "Support",
                    "Answer a question from the help pages, with quotes; says so where they have "
                    "no answer.",
                    SupportArguments,
                    self.support,
                )
            )
        return tuple(found)

    def call(self, name: str, arguments: dict[str, Any]) -> Result:
        """Run a tool.

        Raises:
            NotFoundError: there is no such tool, item or catalogue.
            InputError: the arguments are not acceptable; says which and why.
        """
        tool = next((t for t in self.list() if t.name == name), None)
        if tool is None:
            known = ", ".join(t.name for t in self.list())
            raise NotFoundError(f"there is no tool {name[:40]!r}.", hint=f"Known: {known}.")
        try:
            checked = tool.arguments.model_validate(arguments)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "arguments"
            raise InputError(f"{where}: {first['msg']}.") from None
        return tool.run(checked)

    def search(self, a: SearchArguments) -> Result:
        """See `SearchArguments`."""
        cards = self._assistant.search(a.query, k=a.k, catalogue=a.catalogue)
        return self._cards(cards, a.catalogue, f"{len(cards)} found.")

    def recommend(self, a: RecommendArguments) -> Result:
        """See `RecommendArguments`."""
        catalogue = self._assistant.catalogue(a.catalogue)
        reply = self._reply(
            a.request, a.catalogue, a.history, tuple(resolve(a.exclude, catalogue)), a.k
        )
        cards = reply.cards[: a.k]
        shape = wire.reply(reply)
        more = {
            "action": reply.action,
            "text": reply.text,
            "understood": shape["profile"]["preferences"],
            "relaxed": shape["relaxed"],
            "question": shape["question"],
        }
        return self._cards(cards, a.catalogue, reply.text, more)

    def _reply(
        self,
        text: str,
        name: str | None,
        history: Sequence[str] = (),
        shown: Sequence[str] = (),
        k: int | None = None,
        channel: Literal["api", "support"] = "api",
    ) -> Reply:
        assistant = self._assistant
        engine = assistant.engine(name)
        session = Session("tool", engine.catalogue.name, channel=channel, shown=tuple(shown))
        most = assistant.settings.max_text
        for said in history:
            if said.strip():
                session = heard(session, said[:most], engine)
        store = MemorySessions()
        store.create(session)
        for turn in session.turns:
            store.save(session, turn)
        manager = DialogueManager(
            store, assistant.engine, results=assistant.settings.results, max_text=most
        )
        return manager.reply(session.id, text, k=k)

    def explain(self, a: ExplainArguments) -> Result:
        """See `ExplainArguments`."""
        item = self._item(a.item, a.catalogue)
        facts = wire.item(item)
        lines = [_facts(item)]
        data: dict[str, Any] = {"item": facts, "fits": None, "rank": None, "reasons": []}
        if a.request.strip():
            reply = self._reply(a.request, a.catalogue, k=_DEEP)
            place = next((n for n, c in enumerate(reply.cards, 1) if c.id == item.id), None)
            data["fits"] = place is not None
            if place is None:
                lines.append(f"Not among the best {len(reply.cards)} for this request.")
            else:
                card = reply.cards[place - 1]
                data |= {"rank": place, "reasons": wire.plain(wire.card(card))["reasons"]}
                lines.append(f"Place {place} for this request: {_because(card)}.")
        return Result("\n".join(lines), data)

    def _item(self, named: str, name: str | None) -> Item:
        catalogue = self._assistant.catalogue(name)
        found = sorted(resolve([named], catalogue))
        if not found:
            raise NotFoundError(
                f"there is no item {named[:80]!r} in this catalogue.", hint="Use search first."
            )
        if len(found) > 1:
            raise InputError(
                f"several items are called {named[:80]!r}.", hint=f"Ids: {', '.join(found[:8])}."
            )
        return catalogue[found[0]]

    def draft(self, a: DraftArguments) -> Result:
        """See `DraftArguments`."""
        from chatbot.studio.brief import brief_of

        studio = self._assistant.studio(a.catalogue)
        fields = a.model_dump(exclude={"kind", "catalogue"})
        draft = studio.draft(brief_of(a.kind, catalogue=studio.catalogue.name, **fields))
        ledger = studio.ledger(draft)
        text = studio.markdown(draft)
        data = {
            "title": draft.title,
            "text": text,
            "items": list(draft.items),
            "engine": draft.engine,
            "warnings": list(draft.warnings),
            "supported": ledger.count("supported"),
            "opinions": ledger.count("opinion"),
            "open": [{"text": e.text, "why": e.why} for e in ledger.open],
        }
        return Result(text, wire.plain(data))

    def support(self, a: SupportArguments) -> Result:
        """See `SupportArguments`."""
        reply = self._reply(a.question, a.catalogue, channel="support")
        shape = wire.reply(reply)
        for citation in shape["citations"]:
            citation["url"] = absolute(citation["url"], self._assistant.settings.public_url)
        answered = reply.action == "support" and bool(reply.citations)
        data = {"answered": answered, "text": reply.text, "citations": shape["citations"]}
        return Result(reply.text, data)

    def _cards(
        self,
        cards: Sequence[Card],
        name: str | None,
        head: str,
        more: dict[str, Any] | None = None,
    ) -> Result:
        catalogue = self._assistant.catalogue(name)
        items = []
        lines = [head, ""] if head else []
        for n, card in enumerate(cards, 1):
            item = catalogue[card.id]
            items.append(wire.plain(wire.card(card)) | {"facts": wire.item(item)["facets"]})
            year = item.number("year")
            dated = f" ({year:.0f})" if year is not None else ""
            lines.append(f"{n}. {card.title}{dated} [{card.id}]: {_because(card)}")
        return Result("\n".join(lines), {**(more or {}), "items": items})


def helps(assistant: Assistant) -> bool:
    """Whether the default catalogue has help pages to answer from."""
    return assistant.engine().knowledge is not None


def _because(card: Card) -> str:
    return "; ".join(r.text for r in card.reasons) or "near to what was asked"


def _facts(item: Item) -> str:
    """One item with everything recorded, a line a facet."""
    lines = [f"{item.title} [{item.id}]"]
    for name, value in item.facets.items():
        said = ", ".join(value) if isinstance(value, tuple) else value
        if isinstance(said, float) and said.is_integer():
            said = int(said)
        lines.append(f"{name}: {said}")
    return "\n".join(lines)
