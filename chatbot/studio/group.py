"""What can be said of the chosen items together, and of one beside another; figures too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatbot.explain import show_number
from chatbot.studio import lexicon
from chatbot.studio.brief import Brief
from chatbot.studio.draft import Source, plain
from chatbot.studio.facets import (
    KIND_FACETS,
    MAKER_FACETS,
    THEME_FACETS,
    length_facet,
)
from chatbot.studio.realise import Slot, capital, counted, joined
from chatbot.studio.relations import balance, relation, years
from chatbot.studio.slots import Portrait
from chatbot.values import Language
from retrieval.catalogue import Catalogue

_NAMED = 5
"""At most so many titles are named in one sentence."""

_COMMON = 0.25
"""What more of a catalogue shares than this ties nothing together."""


class Group:
    """Slots of a group of portraits, in the draft's order."""

    def __init__(self, brief: Brief, portraits: Sequence[Portrait], catalogue: Catalogue) -> None:
        self._brief = brief
        self._all = tuple(portraits)
        self._items = tuple(p.item for p in portraits)
        self._catalogue = catalogue
        self._schema = catalogue.schema
        self._language: Language = brief.language
        self._zh = brief.language == "zh"
        self.slots: dict[str, Slot] = {}
        self._base()
        self._years()
        self._lengths()
        self._places()
        self._moods()
        self._common()

    def _put(self, name: str, text: str, sources: Sequence[Source] = ()) -> None:
        if text:
            self.slots[name] = Slot(text, tuple(sources))

    def _title(self, name: str, portrait: Portrait) -> None:
        slot = portrait.slots["title"]
        self._put(name, slot.text, slot.sources)
        self._put(f"{name}_plain", slot.text if self._zh else plain(slot.text), slot.sources)

    def _base(self) -> None:
        n = len(self._all)
        noun, nouns, measure = lexicon.nouns(self._schema, self._language)
        figure = (Source("figure", "chosen items", str(n)),)
        for name, number in (("n", n), ("rest_n", n - 1), ("rest2_n", n - 2)):
            if number > 0:
                self._put(name, counted(number, self._language), figure)
        self._put("n_cap", capital(counted(n, self._language)), figure)
        self._put("noun", noun)
        self._put("nouns", nouns)
        self._put("nouns_of", noun if n == 1 else nouns)
        self._put("measure", measure)
        self._put("verb", self._schema.verb.get(self._language, ""))
        if lexicon.is_work(self._schema):
            self._put("tale", "故事" if self._zh else "story")
        total = len(self._catalogue)
        shown = f"{total:,}" if not self._zh else str(total)
        self._put("total", shown, (Source("figure", "items in the catalogue", str(total)),))
        self._title("first", self._all[0])
        if n >= 2:
            self._title("second", self._all[1])
            self._title("last", self._all[-1])
        titles = [p.slots["title"] for p in self._all]
        sources = [s for t in titles for s in t.sources]
        if n <= _NAMED:
            self._put("titles", joined([t.text for t in titles], self._language), sources)
        if 3 <= n <= _NAMED + 2:
            middle = titles[1:-1]
            self._put(
                "middle",
                joined([t.text for t in middle], self._language),
                [s for t in middle for s in t.sources],
            )
        note = (Source("note", "topic", self._brief.topic),)
        self._put("topic", self._brief.topic, note)
        self._put("topic_cap", capital(self._brief.topic), note)
        self._put(
            "audience", self._brief.audience, (Source("note", "audience", self._brief.audience),)
        )

    def _ends(self, facet: str) -> tuple[Portrait, Portrait] | None:
        """The items with the least and the greatest number, None where they are not apart."""
        known = [(p.item.number(facet), p) for p in self._all]
        if len(known) < 2 or any(number is None for number, _ in known):
            return None
        ranked = sorted(known, key=lambda pair: pair[0] or 0.0)
        if ranked[0][0] == ranked[1][0] or ranked[-1][0] == ranked[-2][0]:
            return None
        return ranked[0][1], ranked[-1][1]

    def _years(self) -> None:
        ends = self._ends("year")
        if ends is None:
            return
        old, new = ends
        self._title("oldest", old)
        self._title("newest", new)
        for name, one in (("oldest_year", old), ("newest_year", new)):
            slot = one.slots["year"]
            self._put(name, slot.text, slot.sources)
        gap = int((new.item.number("year") or 0) - (old.item.number("year") or 0))
        sources = (*old.slots["year"].sources, *new.slots["year"].sources)
        self._put("years", years(gap, self._language), sources)

    def _lengths(self) -> None:
        facet = length_facet(self._items, self._schema)
        if not facet:
            return
        for name, one in (("first_length", self._all[0]),):
            slot = one.slots["length"]
            self._put(name, slot.text, slot.sources)
        total = sum(i.number(facet) or 0.0 for i in self._items)
        sources = [s for p in self._all for s in p.slots["length"].sources]
        if len(self._all) > 1:
            shown = show_number(self._schema.facet(facet), total, self._language)
            self._put("total_length", shown, [Source("figure", "total", f"{total:g}"), *sources])
        ends = self._ends(facet)
        if ends is None:
            return
        for name, one in (("shortest", ends[0]), ("longest", ends[1])):
            self._title(name, one)
            slot = one.slots["length"]
            self._put(f"{name}_length", slot.text, slot.sources)

    def _places(self) -> None:
        facet = self._schema.facet("country")
        found: dict[str, Source] = {}
        for item in self._items:
            for value in item.values("country"):
                found.setdefault(value, Source("field", "country", value, item.id))
        if facet is None or len(found) < 2 or not all(i.values("country") for i in self._items):
            return
        sources = tuple(found.values())
        self._put("places_n", counted(len(found), self._language), sources)
        if len(found) <= 4:
            the = lexicon.data("kinds")["the"]["names"]
            names = [
                facet.show(v, "zh") if self._zh else f"the {v}" if v in the else v for v in found
            ]
            self._put("places", joined(names, self._language), sources)

    def _moods(self) -> None:
        for name, one in (("first", self._all[0]), ("last", self._all[-1])):
            slot = one.slots.get("mood1")
            if slot is not None:
                self._put(f"{name}_mood", slot.text, slot.sources)
        first, last = self.slots.get("first_mood"), self.slots.get("last_mood")
        if first is not None:
            from chatbot.studio.realise import article

            self._put("a_first_mood", f"{article(first.text)} {first.text}", first.sources)
        if first is not None and last is not None and first.text == last.text:
            second = self._all[-1].slots.get("mood2")
            if second is not None and second.text != first.text:
                self._put("last_mood", second.text, second.sources)
            else:
                del self.slots["last_mood"]
        scored = [(balance(p.item.values("mood")), p) for p in self._all]
        if len(scored) >= 2:
            scored.sort(key=lambda pair: pair[0])
            low, high = scored[0], scored[-1]
            if low[0] < 0 < high[0] and scored[1][0] > low[0] and scored[-2][0] < high[0]:
                self._title("heaviest", low[1])
                self._title("lightest", high[1])

    def _common(self) -> None:
        """A theme or kind that all items record."""
        if len(self._all) < 2:
            return
        for name in (*THEME_FACETS, *KIND_FACETS):
            facet = self._schema.facet(name)
            if facet is None:
                continue
            shared = set.intersection(*(set(i.values(name)) for i in self._items))
            for value in sorted(shared):
                text = self._said(name, value)
                wide = sum(value in i.values(name) for i in self._catalogue.items)
                if text and wide <= _COMMON * len(self._catalogue):
                    sources = [Source("field", name, value, i.id) for i in self._items]
                    self._put("common", text, sources)
                    return

    def _said(self, name: str, value: str) -> str:
        facet = self._schema.facet(name)
        if name in THEME_FACETS:
            one = lexicon.theme(value, facet, self._language)
            return one.text if one is not None and one.kind == "subject" else ""
        if self._zh:
            return facet.show(value, "zh") if facet is not None else value
        return str(lexicon.data("kinds")["noun"].get(value, ""))

    def beside(self, portrait: Portrait, previous: Portrait | None) -> Mapping[str, Slot]:
        """Slots of one item in this company: rank, a rare trait, ties to the one before it."""
        slots: dict[str, Slot] = {}
        slots.update(self._superlative(portrait))
        slots.update(self._figure(portrait))
        slots.update(self._also(portrait))
        if previous is not None:
            slots.update(relation(previous, portrait, self._schema, self._language))
        return slots

    def _superlative(self, portrait: Portrait) -> Mapping[str, Slot]:
        n = len(self._all)
        if n < 3:
            return {}
        of = (
            f"这{counted(n, 'zh')}{self.slots['measure'].text if self._zh else ''}里"
            if self._zh
            else f"of the {counted(n, 'en')}"
        )
        facet = length_facet(self._items, self._schema)
        for name, low, high in (
            (facet, ("the shortest", "最短的"), ("the longest", "最长的")),
            ("year", ("the oldest", "最早的"), ("the newest", "最新的")),
            ("price", ("the cheapest", "最便宜的"), ("the most expensive", "最贵的")),
        ):
            ends = self._ends(name) if name else None
            if ends is None or portrait not in ends:
                continue
            words = low if portrait is ends[0] else high
            sources = [Source("field", name, p.item.text(name), p.item.id) for p in self._all]
            text = f"{of}{words[1]}" if self._zh else f"{words[0]} {of}"
            return {
                "superl": Slot(text, tuple(sources)),
                "superl_short": Slot(words[1].removesuffix("的"), tuple(sources)),
            }
        return {}

    def _also(self, portrait: Portrait) -> Mapping[str, Slot]:
        """Other items of the catalogue by the same maker, or with the first name of the cast."""
        slots: dict[str, Slot] = {}
        for name, facets, people in (
            ("alsos", MAKER_FACETS, _values(portrait, "maker")),
            ("starals", ("cast",), _values(portrait, "star1")),
        ):
            if len(people) != 1:
                continue
            facet = next((f for f in facets if people[0] in portrait.item.values(f)), "")
            others = [
                i
                for i in self._catalogue.items
                if facet and people[0] in i.values(facet) and i.id not in self._brief.items
            ]
            if others:
                sample = portrait.pick(others, 2)
                titles = [lexicon.titled(i, self._schema, self._language) for i in sample]
                sources = [Source("field", facet, people[0], i.id) for i in sample]
                sources += [Source("field", "title", i.title, i.id) for i in sample]
                slots[name] = Slot(joined(titles, self._language), tuple(sources))
        return slots

    def _figure(self, portrait: Portrait) -> Mapping[str, Slot]:
        """A kind that few items of the catalogue have."""
        total = len(self._catalogue)
        if total < 50:
            return {}
        noun, nouns, measure = lexicon.nouns(self._schema, self._language)
        for name in KIND_FACETS:
            facet = self._schema.facet(name)
            if facet is None:
                continue
            for value in portrait.item.values(name):
                count = sum(value in i.values(name) for i in self._catalogue.items)
                if not 1 < count <= max(2, total // 25):
                    continue
                source = Source("figure", f"{name}={value}", str(count), portrait.item.id)
                whole = Source("figure", "items in the catalogue", str(total))
                if self._zh:
                    shown = facet.show(value, "zh")
                    text = (
                        f"目录 {total} {measure}{noun}里仅有的 {count} {measure}{shown}{noun}之一"
                    )
                    text = text.replace(f"片{noun}", "片").replace(noun + noun, noun)
                else:
                    word = lexicon.data("kinds")["adjective"].get(value, value.lower())
                    word = lexicon.data("kinds")["noun"].get(value, "") or f"{word} {noun}"
                    text = f"one of only {count} {_plural(word)} among the {total:,} {nouns} here"
                return {"figure": Slot(text, (source, whole))}
        return {}


def _values(portrait: Portrait, slot: str) -> tuple[str, ...]:
    found = portrait.slots.get(slot)
    return tuple(s.value for s in found.sources) if found is not None else ()


def _plural(word: str) -> str:
    return word[:-1] + "ies" if word.endswith("y") else word + "s"
