"""Every export opens again and says what the draft says, whatever stands in it."""

from __future__ import annotations

import io
import json
import random
import re
from html.parser import HTMLParser
from itertools import pairwise

import html5lib
import pytest

from chatbot.errors import InputError
from chatbot.studio.brief import KINDS, Format, brief_of
from chatbot.studio.draft import Block, Draft, Sentence, plain
from chatbot.studio.exports import MEDIA, Meta, export
from chatbot.studio.exports.meta import thing
from chatbot.studio.plans import write
from retrieval.catalogue import Catalogue

ITEMS = ["heat-1995", "spirited-away-2001", "haxan-1922"]
HOSTILE = '</script><script>alert(1)</script> "quoted" & <b>*a*</b> ![x](http://evil.example/p.png)'


def draft_of(films: Catalogue, kind: str = "listicle", language: str = "en") -> Draft:
    items = ITEMS[:1] if kind == "review" else ITEMS[:2] if kind == "comparison" else ITEMS
    brief = brief_of(kind, language=language, items=items, keywords=["night"])
    return write(brief, films, random.Random(1))


def hostile() -> Draft:
    brief = brief_of("article", items=["x"], notes=[HOSTILE])
    block = Block("paragraph", (Sentence(HOSTILE), Sentence("# no heading \x0b\x00 here")))
    rows = (("", HOSTILE), ("a|b", "c|d"))
    blocks = (block, Block("table", (), rows=rows), Block("heading", (Sentence(HOSTILE),)),
              Block("image", (Sentence(HOSTILE),), "x"))  # fmt: skip
    return Draft(HOSTILE, HOSTILE, blocks, brief)


class Page(HTMLParser):
    """Checks that what is opened is closed, and keeps what was found."""

    VOID = frozenset({"meta", "br", "img", "link", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack and self.stack.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        (self.scripts if self.stack and self.stack[-1] == "script" else self.text).append(data)


def page(data: bytes) -> Page:
    found = Page()
    found.feed(data.decode())
    found.close()
    assert found.stack == []
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_html_is_well_formed_and_says_what_it_is(
    kind: str, language: str, films: Catalogue
) -> None:
    draft = draft_of(films, kind, language)
    things = {i: thing(films[i], films.schema) for i in draft.brief.items}
    found = page(export(draft, "html", Meta(1.7e9, "Corner Cinema", things)))
    names = {a.get("name"): a.get("content") for t, a in found.tags if t == "meta"}
    assert names["ai-assisted"] == "true" and "AI-assisted" in str(names["generator"])
    assert names["description"] and len(str(names["description"])) <= 160
    linked = json.loads(found.scripts[0])
    assert linked["@context"] == "https://schema.org" and linked["dateCreated"] == "2023-11-14"
    assert linked["inLanguage"] == ("zh-CN" if language == "zh" else "en")
    if kind == "review":
        assert linked["itemReviewed"]["name"] == "Heat"
        assert linked["itemReviewed"]["director"] == [{"@type": "Person", "name": "Michael Mann"}]
    if kind == "listicle":
        assert [x["position"] for x in linked["mainEntity"]["itemListElement"]] == [1, 2, 3]
    text = "".join(found.text)
    for block in draft.blocks:
        if block.shape != "facts" and block.shape != "table":
            for sentence in block.sentences:
                assert plain(sentence.text) in text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", [*KINDS, "hostile"])
def test_html_passes_a_strict_parser(kind: str, language: str, films: Catalogue) -> None:
    """As a browser reads it: no parse error, every `dl`, list and table built as the rules ask."""
    draft = hostile() if kind == "hostile" else draft_of(films, kind, language)
    tree = html5lib.HTMLParser(strict=True).parse(export(draft, "html").decode())
    space = "{http://www.w3.org/1999/xhtml}"
    body = tree.find(f"{space}body")
    assert body is not None
    for parts in body.iter(f"{space}dl"):
        names = [part.tag.removeprefix(space) for part in parts]
        assert names == ["dt", "dd"] * (len(names) // 2) and names
    for parts in body.iter(f"{space}ul"):
        assert {part.tag for part in parts} == {f"{space}li"}
    for table in body.iter(f"{space}table"):
        widths = {len(list(row)) for row in table.iter(f"{space}tr")}
        assert len(widths) == 1 or kind == "hostile"
    assert len(list(body.iter(f"{space}h1"))) == 1
    levels = [int(e.tag[-1]) for e in body.iter() if re.fullmatch(r".*\}h[1-6]", str(e.tag))]
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_hostile_text_stays_text() -> None:
    draft = hostile()
    found = page(export(draft, "html"))
    assert [t for t, _ in found.tags if t in ("script", "img", "b")] == ["script"]
    assert all(not a.get("src") and not a.get("href") for _, a in found.tags)
    json.loads(found.scripts[0])
    markdown = export(draft, "md").decode()
    assert "<script" not in markdown and "<b>" not in markdown
    assert not re.search(r"(?<!\\)\]\(http", markdown)
    front = markdown.split("---\n")[1]
    assert all(
        re.match(r'[a-z_]+: (".*"|\[.*\]|true)$', line) for line in front.strip().splitlines()
    )
    for form in MEDIA:
        if form != "srt":
            assert export(draft, form)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_word_documents_open(language: str, films: Catalogue) -> None:
    import docx

    draft = draft_of(films, "listicle", language)
    document = docx.Document(io.BytesIO(export(draft, "docx", Meta(1.7e9))))
    text = "\n".join(p.text for p in document.paragraphs)
    for block in draft.blocks:
        if block.shape in ("paragraph", "heading"):
            assert plain(block.text(draft.brief.language)) in text
    assert document.core_properties.title == plain(draft.title)
    assert "AI-assisted" in document.core_properties.comments
    cells = [c.text for t in document.tables for r in t.rows for c in r.cells]
    assert ("Michael Mann" if language == "en" else "170 分钟") in cells
    italics = {r.text for p in document.paragraphs for r in p.runs if r.italic}
    assert language == "zh" or "Heat" in italics


def test_markdown_front_matter_and_lists(films: Catalogue) -> None:
    text = export(draft_of(films), "md", Meta(1.7e9)).decode()
    assert text.startswith('---\ntitle: "') and '\ndate: "2023-11-14"\n' in text
    assert "ai_assisted: true" in text and "\n## 1. *Heat*\n" in text
    assert "- **Director:** Michael Mann" in text


def test_plain_text_has_no_markup_and_is_wrapped(films: Catalogue) -> None:
    text = export(draft_of(films, "article"), "txt").decode()
    assert "*" not in text and max(map(len, text.splitlines()[3:-2])) <= 80


@pytest.mark.parametrize("language", ["en", "zh"])
def test_subtitles_are_consistent(language: str, films: Catalogue) -> None:
    draft = draft_of(films, "video", language)
    cues = export(draft, "srt").decode().strip().split("\n\n")
    last = 0
    spoken = ""
    for number, cue in enumerate(cues, 1):
        head, times, *lines = cue.splitlines()
        assert head == str(number) and 1 <= len(lines) <= 2
        wide = [sum(1 if ord(c) > 0x2E80 else 0.5 for c in line) for line in lines]
        assert max(wide) <= (21 if language == "en" else 20)
        start, stop = (_ms(t) for t in times.split(" --> "))
        assert start == last < stop
        last = stop
        spoken += re.sub(r"\s", "", "".join(lines))
    total = sum(b.seconds for b in draft.blocks if b.shape == "shot")
    assert abs(last - total * 1000) <= len(cues)
    said = "".join(plain(b.text(draft.brief.language)) for b in draft.blocks if b.shape == "shot")
    assert spoken == re.sub(r"\s", "", said)


def _ms(stamp: str) -> int:
    hours, minutes, rest = stamp.split(":")
    seconds, milliseconds = rest.split(",")
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(milliseconds)


def test_subtitles_need_a_script(films: Catalogue) -> None:
    with pytest.raises(InputError, match="only a video script"):
        export(draft_of(films, "article"), "srt")
    with pytest.raises(InputError, match="unknown format"):
        bad: Format = "pdf"  # type: ignore[assignment]
        export(draft_of(films), bad)
