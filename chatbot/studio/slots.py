"""What can be said of one item: its recorded facts as slots, each with its source.

Domain-neutral: which facets there are and what they are called comes from the schema; facets that
have no wording of their own are said by their label.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from chatbot.explain import show_number
from chatbot.studio import lexicon
from chatbot.studio.brief import Spoilers
from chatbot.studio.details import apart, details
from chatbot.studio.details_zh import details_zh
from chatbot.studio.draft import Source
from chatbot.studio.facets import (
    KIND_FACETS,
    LENGTH_FACETS,
    LEVELS,
    MAKER_FACETS,
    SAID,
    TEXT_FACETS,
    THEME_FACETS,
)
from chatbot.studio.leads import lead
from chatbot.studio.realise import Slot, joined
from chatbot.values import Language
from retrieval.items import Item
from retrieval.schema import Facet, Schema


class Portrait:
    """The slots of one item in one language.

    Args:
        rng: chooses among equal wordings of moods and which people and themes come first.
    """

    def __init__(
        self,
        item: Item,
        schema: Schema,
        language: Language,
        spoilers: Spoilers,
        rng: random.Random,
    ) -> None:
        self.item = item
        self._schema = schema
        self._zh = language == "zh"
        self._language = language
        self._spoilers = spoilers
        self._rng = rng
        noun, nouns, measure = lexicon.nouns(schema, language)
        self.title = lexicon.titled(item, schema, language)
        self.slots: dict[str, Slot] = {
            "noun": Slot(noun),
            "nouns": Slot(nouns),
            "measure": Slot(measure),
            "verb": Slot(schema.verb.get(language, "choose")),
            "title": Slot(self.title, (Source("field", "title", item.title, item.id),)),
        }
        self._kind(noun)
        self._people()
        self._numbers()
        self._places()
        self._moods()
        self._themes()
        self._levels()
        self._details()
        self._extras()

    def source(self, facet: str, value: str) -> Source:
        """A source in this item's own record."""
        return Source("field", facet, value, self.item.id)

    def pick(self, among: Sequence[Item], most: int) -> list[Item]:
        """At most `most` of `among`, in their order, chosen by this portrait's rng."""
        chosen = sorted(self._rng.sample(range(len(among)), min(most, len(among))))
        return [among[i] for i in chosen]

    def _put(self, name: str, text: str, *sources: Source) -> None:
        if text:
            self.slots[name] = Slot(text, sources)

    def _facet(self, names: tuple[str, ...]) -> tuple[Facet, tuple[str, ...]] | None:
        for name in names:
            facet, values = self._schema.facet(name), self.item.values(name)
            if facet is not None and values:
                return facet, values
        return None

    def _kind(self, noun: str) -> None:
        found = self._facet(KIND_FACETS)
        kind = noun
        sources: tuple[Source, ...] = ()
        if found is not None:
            facet, values = found
            kind = lexicon.kind_phrase(values, facet, noun, self._language)
            sources = tuple(self.source(facet.name, v) for v in values)
            self._put("kind", kind, *sources)
        countries = self.item.values("country")
        if len(countries) == 1 and found is not None:
            where = self._origin(countries[0])
            if where:
                sources = (*sources, self.source("country", countries[0]))
                self._put("okind", where + kind if self._zh else f"{where} {kind}", *sources)
        if "okind" not in self.slots and found is not None:
            self._put("okind", kind, *sources)

    def _origin(self, country: str) -> str:
        if self._zh:
            facet = self._schema.facet("country")
            shown = facet.show(country, "zh") if facet is not None else country
            return "" if shown.isascii() else shown
        return str(lexicon.data("kinds")["country"].get(country, ""))

    def _people(self) -> None:
        found = self._facet(MAKER_FACETS)
        verbs = lexicon.data("kinds")["maker"]
        if found is not None:
            facet, values = found
            source = tuple(self.source(facet.name, v) for v in values)
            name = joined([facet.show(v, self._language) for v in values], self._language)
            passive, past, chinese = verbs.get(facet.name, ("by", "made", "制作"))
            self._put("maker", name, *source)
            if len(values) == 1:
                self._put("maker_role", facet.label(self._language))
            self._put("made", chinese if self._zh else past)
            self._put("by", f"{name}{chinese}" if self._zh else f"{passive} {name}", *source)
            if facet.name == "director":
                both = [v for v in values if v in self.item.values("cast")]
                if len(both) == 1:
                    self._put(
                        "both",
                        facet.show(both[0], self._language),
                        *source,
                        self.source("cast", both[0]),
                    )
        makers = found[1] if found is not None else ()
        role = self._schema.facet("cast")
        cast = [v for v in self.item.values("cast") if v not in makers][:3]
        shown = [role.show(v, self._language) if role is not None else v for v in cast]
        for number, (name, value) in enumerate(zip(shown, cast, strict=True), 1):
            self._put(f"star{number}", name, self.source("cast", value))
        if len(cast) >= 2:
            sources = tuple(self.source("cast", v) for v in cast)
            self._put("stars", joined(shown, self._language), *sources)

    def _numbers(self) -> None:
        year = self.item.number("year")
        if year is not None:
            self._put("year", f"{int(year)}", self.source("year", f"{int(year)}"))
            decade = f"{int(year) // 10 * 10}"
            self._put(
                "decade",
                f"{decade} 年代" if self._zh else f"{decade}s",
                self.source("year", f"{int(year)}"),
            )
        for name in LENGTH_FACETS:
            number, facet = self.item.number(name), self._schema.facet(name)
            if number is not None and facet is not None:
                shown = show_number(facet, number, self._language)
                self._put("length", shown, self.source(name, f"{number:g}"))
                break
        price = self.item.number("price")
        if price is not None:
            shown = show_number(self._schema.facet("price"), price, self._language)
            self._put("price", shown, self.source("price", f"{price:g}"))
        rating = self.item.number("rating")
        if rating is not None:
            self._put("rating", f"{rating:g}", self.source("rating", f"{rating:g}"))
        age = self.item.number("age")
        if age is not None:
            self._put("age", f"{int(age)}", self.source("age", f"{int(age)}"))
        rated = self.item.text("certificate")
        if rated and rated != "NR":
            self._put("rated", rated, self.source("certificate", rated))

    def _places(self) -> None:
        facet = self._schema.facet("country")
        countries = self.item.values("country")
        if countries and facet is not None:
            the = lexicon.data("kinds")["the"]["names"]
            shown = [
                facet.show(c, "zh") if self._zh else f"the {c}" if c in the else c
                for c in countries
            ]
            sources = tuple(self.source("country", c) for c in countries)
            self._put("country", joined(shown, self._language), *sources)
        spoken = self.item.values("language")
        facet = self._schema.facet("language")
        if spoken == ("Silent",):
            self._put("silent", "默片" if self._zh else "silent", self.source("language", "Silent"))
        elif spoken and facet is not None:
            shown = [facet.show(v, self._language) for v in spoken if v != "Silent"]
            if not (self._zh and any(s.isascii() for s in shown)):
                sources = tuple(self.source("language", v) for v in spoken)
                self._put("tongue", joined(shown, self._language), *sources)

    def _moods(self) -> None:
        facet, moods = self._schema.facet("mood"), self.item.values("mood")
        if facet is None or not moods:
            return
        shown = [lexicon.mood_zh(m, facet) if self._zh else lexicon.adjective(m) for m in moods]
        for number, (mood, word) in enumerate(zip(moods[:3], shown, strict=False), 1):
            self._put(f"mood{number}", word, self.source("mood", mood))
        if "kind" in self.slots:
            kind = self.slots["kind"]
            # "A romantic romantic comedy" says one thing twice.
            pairs = zip(moods, shown, strict=True)
            for mood, word in pairs:
                if word not in kind.text:
                    text = f"{word}的{kind.text}" if self._zh else f"{word} {kind.text}"
                    self._put("mood_kind", text, self.source("mood", mood), *kind.sources)
                    break
        if len(shown) >= 2:
            sources = tuple(self.source("mood", m) for m in moods[:3])
            self._put("moods", joined(shown[:3], self._language), *sources)
        said = [m for m in moods if lexicon.glosses(m, self._language)]
        for number, mood in enumerate(said[:3], 1):
            gloss = self._rng.choice(lexicon.glosses(mood, self._language))
            self._put(f"gloss{number}", gloss, self.source("mood", mood))

    def _themes(self) -> None:
        found = self._facet(THEME_FACETS)
        if found is None:
            return
        facet, values = found
        known = [t for v in values if (t := lexicon.theme(v, facet, self._language)) is not None]
        if self._spoilers == "none":
            known = [t for t in known if t.kind != "twist"]
        subjects = [t for t in known if t.kind in ("subject", "twist")]
        if len(subjects) < 2 and (self._zh or facet.name != "theme"):
            subjects += [t for t in known if t.kind == "other"]
        for number, one in enumerate(subjects[:4], 1):
            self._put(f"theme{number}", one.text, self.source(facet.name, one.value))
        if len(subjects) >= 2:
            part = subjects[:3]
            sources = tuple(self.source(facet.name, t.value) for t in part)
            self._put("themes", joined([t.text for t in part], self._language), *sources)
        for kind in ("place", "era", "basis", "form"):
            one_of = next((t for t in known if t.kind == kind), None)
            if one_of is not None:
                self._put(kind, one_of.text, self.source(facet.name, one_of.value))

    def _levels(self) -> None:
        for name, words in LEVELS.items():
            level = self.item.number(name)
            if level is not None and 0 <= level <= 3:
                self._put(name, words[self._language][int(level)], self.source(name, f"{level:g}"))
        if self.item.number("scary") == 0 and self.item.number("violence") == 0:
            text = "既不吓人，也没有暴力" if self._zh else "neither frightening nor violent"
            self._put("gentle", text, self.source("scary", "0"), self.source("violence", "0"))
        elif "scary" in self.slots and "violence" in self.slots:
            parts = (self.slots["scary"].text, self.slots["violence"].text)
            text = "，".join(parts) if self._zh else self._both_levels()
            self._put("nerves", text, self.source("scary", self.item.text("scary")),
                      self.source("violence", self.item.text("violence")))  # fmt: skip

    def _both_levels(self) -> str:
        scary, violence = self.item.number("scary") or 0, self.item.number("violence") or 0
        if scary == violence:
            much = ("", "a little ", "", "very ")[int(scary)]
            return f"{much}frightening and {much}violent"
        link = "and" if (scary > 0) == (violence > 0) else "but"
        return f"{self.slots['scary'].text} {link} {self.slots['violence'].text}"

    def _details(self) -> None:
        """Concrete details of the opening of the description, at most four words each."""
        text_facet = next((n for n in TEXT_FACETS if self._readable(self.item.text(n))), "")
        text = self.item.text(text_facet) if text_facet else ""
        found = apart(details_zh(text) if self._zh else details(text, "en"), text)
        for number, one in enumerate(found, 1):
            self._put(f"detail{number}", one, self.source(text_facet, one))
        if len(found) >= 2:
            sources = tuple(self.source(text_facet, one) for one in found)
            self._put("details", joined(found, self._language), *sources)
        whom = lead(text, self._language)
        if whom and whom in found[:1]:
            self._put("lead", whom, self.source(text_facet, whom))
        if lexicon.is_work(self._schema):
            self._put("tale", "故事" if self._zh else "story")

    def _readable(self, text: str) -> bool:
        """Whether a description is in this portrait's language."""
        chinese = sum("\u3400" <= c <= "\u9fff" for c in text[:200])
        return bool(text) and (chinese > 20) == self._zh

    def _extras(self) -> None:
        """Facets without a wording of their own, by their label."""
        clauses: list[str] = []
        sources: list[Source] = []
        for facet in self._schema.facets.values():
            if facet.name in SAID or facet.kind in ("text", "link"):
                continue
            shown = self._shown(facet)
            if not shown or (self._zh and facet.kind == "flag"):
                continue
            label = facet.label(self._language)
            clauses.append(f"{label}是{shown}" if self._zh else f"the {label} is {shown}")
            sources.append(self.source(facet.name, self.item.text(facet.name)))
        for number, (clause, source) in enumerate(zip(clauses, sources, strict=True), 1):
            self._put(f"extra{number}", clause, source)
        if len(clauses) >= 2:
            text = "，".join(clauses[:2]) if self._zh else " and ".join(clauses[:2])
            self._put("extras", text, *sources[:2])

    def _shown(self, facet: Facet) -> str:
        number = self.item.number(facet.name)
        if facet.kind == "number":
            return "" if number is None else show_number(facet, number, self._language)
        values = [facet.show(v, self._language) for v in self.item.values(facet.name)]
        text = joined(values[:3], self._language)
        return text if len(text) <= 80 else ""
