"""The composer: paragraphs about items and groups, without a language model.

Every sentence is planned from slots that carry their sources, so a draft can say nothing that the
catalogue, a count over it or the writer's brief does not.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from chatbot.studio.brief import Brief
from chatbot.studio.draft import Block, Sentence, Shape, Source
from chatbot.studio.group import Group
from chatbot.studio.planner import Planner, phrase
from chatbot.studio.realise import Slot, capital, polish
from chatbot.studio.slots import Portrait
from retrieval.catalogue import Catalogue
from retrieval.items import Item

SHAPES: tuple[tuple[str, ...], ...] = (
    ("open", "identify", "premise", "feel", "also", "people", "practical", "verdict"),
    ("link", "premise", "about", "identify", "feel", "people", "superlative", "caution"),
    ("open", "premise", "about", "people", "identify", "place", "caution", "verdict"),
    ("link", "identify", "about", "premise", "place", "feel", "figure", "verdict"),
    ("open", "feel", "premise", "identify", "about", "people", "practical", "against"),
    ("link", "people", "premise", "feel", "identify", "also", "practical", "verdict"),
    ("identify", "about", "feel", "premise", "place", "people", "practical", "verdict"),
)
"""In which order a paragraph says things. What cannot be said is passed over."""

_REST = (
    "extras", "premise", "also", "practical", "caution", "place", "figure", "rating",
    "superlative", "identify", "about", "feel", "people",
)  # fmt: skip


class Composer:
    """Composes for one brief whose items are known.

    Args:
        brief: `items` must name the items, in order.
        rng: decides between equals; seed it from the brief for the same draft every time.

    Raises:
        KeyError: the catalogue does not hold an item.
    """

    def __init__(self, brief: Brief, catalogue: Catalogue, rng: random.Random) -> None:
        self.brief = brief
        self.catalogue = catalogue
        self.rng = rng
        self.items: tuple[Item, ...] = tuple(catalogue[i] for i in brief.items)
        self.portraits = tuple(
            Portrait(item, catalogue.schema, brief.language, brief.spoilers, rng)
            for item in self.items
        )
        self.group = Group(brief, self.portraits, catalogue)
        self.planner = Planner(brief.language, brief.tone, brief.voice, rng)
        self._shapes = list(SHAPES)
        rng.shuffle(self._shapes)
        self._group_told: set[Source] = set()
        self._told: dict[str, set[Source]] = {item.id: set() for item in self.items}

    def word(self, name: str, **values: object) -> str:
        """A fixed phrase in the brief's language."""
        return phrase(self.brief.language, name).format(**values)

    def heading(self, text: str, role: str, item: str = "") -> Block:
        """A heading; it claims nothing by itself."""
        return Block("heading", (Sentence(text, (), "link"),), item, role)

    def slots(self, at: int) -> dict[str, Slot]:
        """Everything that can be said of the item at position `at`, in this company."""
        previous = self.portraits[at - 1] if at else None
        one = self.portraits[at]
        company = {"many": Slot("")} if len(self.items) > 1 else {}
        return {**one.slots, **company, **self.group.beside(one, previous)}

    def headline(self, at: int) -> Block:
        """A heading for an item that tells something of it."""
        one = self.portraits[at]
        said = self.planner.say("item", "headline", self.slots(at), set(), subject=one)
        assert said is not None  # the title alone is always enough with a year or a theme
        return Block("heading", (said,), one.item.id, "headline")

    def title_heading(self, at: int, prefix: str = "") -> Block:
        """A heading that is the item's title."""
        one = self.portraits[at]
        slot = one.slots["title"]
        text = f"{prefix}{slot.text}"
        return Block("heading", (Sentence(text, slot.sources),), one.item.id, "headline")

    def body(self, at: int, budget: int, *, shape: Sequence[str] = ()) -> list[Block]:
        """One or two paragraphs of at most `budget` sentences about an item."""
        functions = list(shape) or self._next_shape(at)
        sentences = self.sentences(at, [*functions, *_REST], budget)
        if len(sentences) < 6:
            return [Block("paragraph", tuple(sentences), self.items[at].id, "item")]
        half = (len(sentences) + 1) // 2
        return [
            Block("paragraph", tuple(part), self.items[at].id, "item")
            for part in (sentences[:half], sentences[half:])
        ]

    def _next_shape(self, at: int) -> list[str]:
        shape = list(self._shapes[at % len(self._shapes)])
        if at == 0 and shape[0] == "link":
            shape[0] = "open"
        return shape

    def sentences(self, at: int, functions: Sequence[str], budget: int) -> list[Sentence]:
        """At most `budget` sentences about an item, one for each function that has news."""
        one, slots = self.portraits[at], self.slots(at)
        told = self._told[one.item.id]
        found: list[Sentence] = []
        done: set[str] = set()
        for function in functions:
            if len(found) >= budget:
                break
            if function in done:
                continue
            said = self.planner.say(
                "item", function, slots, told, named=bool(found), subject=one, turn=len(found)
            )
            if said is not None:
                found.append(said)
                done.add(function)
        return found

    def one(self, at: int, function: str, *, fresh: bool = False) -> Sentence | None:
        """One sentence about an item that names it; `fresh` ignores what was told before."""
        portrait = self.portraits[at]
        told = set() if fresh else self._told[portrait.item.id]
        return self.planner.say(
            "item", function, self.slots(at), told, named=False, subject=portrait
        )

    def labelled(self, at: int, function: str) -> Sentence | None:
        """A sentence that does not name its item, with the title in front."""
        portrait = self.portraits[at]
        said = self.planner.say(
            "item", function, self.slots(at), set(), named=True, subject=portrait
        )
        if said is None:
            return None
        mark = "：" if self.brief.language == "zh" else ": "
        text = f"{portrait.title}{mark}{said.text}"
        sources = (*portrait.slots["title"].sources, *said.sources)
        return Sentence(text, sources, said.nature, said.made)

    def of_group(self, function: str, told: set[Source] | None = None) -> Sentence | None:
        """One sentence about all items together."""
        return self.planner.say(
            "group", function, self.group.slots, set() if told is None else told
        )

    def group_paragraph(self, functions: Sequence[str], role: str, budget: int) -> list[Block]:
        """A paragraph about all items; [] where nothing can be said."""
        found: list[Sentence] = []
        for function in functions:
            if len(found) >= budget:
                break
            said = self.of_group(function, self._group_told)
            if said is not None:
                found.append(said)
        return [Block("paragraph", tuple(found), "", role)] if found else []

    def title_of(self, kind: str) -> str:
        """The title of the whole draft, without a full stop."""
        told: set[Source] = set()
        said = self.planner.say("group", f"title_{kind}", self._titling(), told)
        fallback = self.group.slots["first"].text
        return capital((said.text if said is not None else fallback).rstrip(".。"))

    def _titling(self) -> dict[str, Slot]:
        """Slots for titles: a topic wins over everything else that could be said."""
        slots = dict(self.group.slots)
        if self.brief.topic:
            # Every title without the topic needs one of these; those with it can do without.
            gone = ("common", "audience", "first_plain", "last_plain")
            wanted = {k: v for k, v in slots.items() if k not in gone}
            if self.brief.kind not in ("review", "comparison", "newsletter", "product"):
                if self.brief.language == "zh":
                    wanted = {k: v for k, v in wanted.items() if k != "last"}
                return wanted
        return slots

    def summary(self) -> str:
        """One or two lines for search engines and previews."""
        if len(self.items) == 1:
            one = self.portraits[0]
            said = self.planner.say(
                "item", "summary_one", self.slots(0), set(), named=False, subject=one
            )
        else:
            said = self.of_group("summary")
        return said.text if said is not None else self.title_of(self.brief.kind)

    def facts(self, at: int) -> Block:
        """The plain facts of an item as labelled lines."""
        from chatbot.studio.facts import lines

        rows, sources = lines(self.items[at], self.catalogue.schema, self.brief.language)
        title = self.portraits[at].slots["title"]
        return Block(
            "facts",
            (Sentence(title.text, (*title.sources, *sources)),),
            self.items[at].id,
            "facts",
            rows=rows,
        )

    def image(self, at: int) -> Block:
        """A place for a picture, with its text alternative."""
        one = self.portraits[at]
        text = self.word("image", title=one.title)
        parts = [one.slots[n].text for n in ("okind", "year") if n in one.slots]
        mark = "，" if self.brief.language == "zh" else ", "
        alt = Sentence(
            polish(mark.join([text, *parts]), self.brief.language),
            one.slots["title"].sources,
            "link",
        )
        return Block("image", (alt,), one.item.id, "image")

    def notes(self) -> list[Block]:
        """The writer's own notes, word for word, as a paragraph of their own."""
        from chatbot.studio.safety import addressed_to_us

        ends = "。！？!?." if self.brief.language == "zh" else ".!?"
        stop = "。" if self.brief.language == "zh" else "."
        found = [
            Sentence(n if n[-1] in ends else n + stop, (Source("note", "note", n),), "note")
            for n in self.brief.notes
            if not addressed_to_us(n)
        ]
        return [Block("paragraph", tuple(found), "", "notes")] if found else []


def shaped(shape: Shape, sentences: Sequence[Sentence | None], item: str, role: str) -> list[Block]:
    """A block of the sentences that could be said; [] where there are none."""
    kept = tuple(s for s in sentences if s is not None)
    return [Block(shape, kept, item, role)] if kept else []
