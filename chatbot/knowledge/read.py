"""Files and folders to documents. What one file lacks is reported and never stops the others."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from chatbot.errors import InputError
from chatbot.importing.files import encoding_of
from chatbot.knowledge import Document, Problem, Section
from chatbot.knowledge.markup import front_matter, read_html, read_markdown
from chatbot.knowledge.office import read_docx, read_pdf, read_text
from chatbot.knowledge.outline import Outline
from chatbot.knowledge.pairs import read_pairs
from chatbot.knowledge.sentences import language_of
from chatbot.values import Language

MAX_FILE = 100_000_000
MAX_FILES = 20_000
_TABLES = frozenset({".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json", ".xlsx", ".parquet"})
_MARKDOWN = frozenset({".md", ".markdown", ".mdx"})
_HTML = frozenset({".html", ".htm", ".xhtml"})
_TEXT = frozenset({".txt", ".text"})
ENDINGS = _TABLES | _MARKDOWN | _HTML | _TEXT | {".pdf", ".docx"}


def found_files(path: Path) -> Iterator[tuple[Path, str]]:
    """(file, its source) of a file or of everything readable in a folder, by name.

    A folder's own name begins the sources of its files. Hidden files and links that lead out of
    the folder are passed over.

    Raises:
        InputError: there is no such file or folder.
    """
    if path.is_file():
        yield path, path.name
        return
    if not path.is_dir():
        raise InputError(f"{path} does not exist.", hint="Name a file or a folder of help pages.")
    root = path.resolve()
    for number, file in enumerate(sorted(root.rglob("*"))):
        below = file.relative_to(root)
        if number >= MAX_FILES:
            raise InputError(f"{path} holds more than {MAX_FILES:,} files.", hint="Name fewer.")
        if any(part.startswith(".") for part in below.parts) or not file.is_file():
            continue
        if not file.resolve().is_relative_to(root):
            continue
        yield file, f"{root.name}/{below.as_posix()}"


def read_document(path: Path, source: str) -> Document:
    """One file as a document.

    Raises:
        InputError: nothing of it can be read; says what to do.
    """
    ending = path.suffix.casefold()
    if ending not in ENDINGS:
        raise InputError(
            f"{path.name} is of a kind that is not read as a help page.",
            hint="Markdown, HTML, CSV, PDF, DOCX or plain text.",
        )
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            raise InputError(f"{path.name} has {size:,} bytes.", hint=f"At most {MAX_FILE:,}.")
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.") from error
    if not raw.strip():
        raise InputError(f"{path.name} is empty.")
    digest = hashlib.blake2b(raw, digest_size=16).hexdigest()
    told: dict[str, str] = {}
    problems: list[Problem] = []
    outline = Outline()
    sections: Sequence[Section]
    if ending in _TABLES:
        sections, problems = read_pairs(path, source)
    else:
        if ending == ".pdf":
            problems = read_pdf(path, outline, source)
        elif ending == ".docx":
            problems = read_docx(path, outline, source)
        else:
            text = raw.decode(encoding_of(raw, path), errors="replace").lstrip("\ufeff")
            told = _read_text(ending, text, outline)
        sections = outline.sections()
    title = told.get("title") or outline.title or _name(path)
    sections = tuple(_placed(s, title) for s in sections if s.text or s.asked)
    return Document(
        source,
        title,
        _language(path, told.get("language", ""), sections),
        _address(told.get("url") or told.get("source") or ""),
        sections,
        tuple(problems),
        digest,
    )


def _read_text(ending: str, text: str, outline: Outline) -> dict[str, str]:
    if ending in _HTML:
        return dict(read_html(text, outline))
    told, text = front_matter(text)
    if ending in _MARKDOWN:
        read_markdown(text, outline)
    else:
        read_text(text, outline)
    return told


def _placed(section: Section, title: str) -> Section:
    """A section without headings of its own stands under the document's title."""
    if section.trail:
        return section
    trail = (title,)
    return Section(trail, section.text, section.anchor, section.page, section.kind, section.url)


def _name(path: Path) -> str:
    stem = re.sub(r"\.(?:zh|en|zh-cn)$", "", path.stem, flags=re.IGNORECASE)
    words = " ".join(re.sub(r"[_\-]+", " ", stem).split())
    return words[:1].upper() + words[1:]


def _language(path: Path, told: str, sections: Sequence[Section]) -> Language:
    """By the file's name (`x.zh.md`), by what the file says, by its text."""
    ending = re.search(r"\.(zh|en)(?:[-_][a-z]+)?$", path.stem, re.IGNORECASE)
    told = ending[1] if ending else told
    if told.casefold().startswith("zh"):
        return "zh"
    sample = " ".join(f"{s.trail[-1]} {s.text[:500]} {' '.join(s.asked[:3])}" for s in sections)
    return language_of(sample[:20_000])


def _address(url: str) -> str:
    """A web address, or ""; nothing that runs."""
    url = url.strip()[:2000]
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""
