"""What is to be written, for whom and how. Values and their checks; knows no catalogue."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Literal, TypeVar, cast, get_args

from chatbot.errors import InputError
from chatbot.values import Language

Kind = Literal[
    "article", "listicle", "review", "comparison", "newsletter", "video", "podcast", "social",
    "product", "programme",
]  # fmt: skip
Tone = Literal["neutral", "warm", "playful", "formal", "lively"]
Length = Literal["short", "medium", "long"]
Format = Literal["md", "html", "docx", "txt", "srt"]
Spoilers = Literal["none", "light"]

KINDS: tuple[Kind, ...] = get_args(Kind)
TONES: tuple[Tone, ...] = get_args(Tone)
FORMATS: tuple[Format, ...] = get_args(Format)

MOST_ITEMS = 30
MOST_TEXT = 20_000
"""Characters of all texts of a brief together."""

_LIMITS = {"topic": 300, "audience": 300, "angle": 300}
_NOTES, _NOTE = 20, 1000
_KEYWORDS, _KEYWORD = 20, 60
_HEADING, _ROLES = 200, 20

_KIND_WORDS: Mapping[str, Kind] = {
    "list": "listicle", "top": "listicle", "essay": "article", "compare": "comparison",
    "versus": "comparison", "email": "newsletter", "mail": "newsletter", "script": "video",
    "video script": "video", "podcast notes": "podcast", "show notes": "podcast",
    "thread": "social", "post": "social", "posts": "social", "tweets": "social",
    "product copy": "product", "copy": "product", "syllabus": "programme",
    "program": "programme", "programme note": "programme", "文章": "article", "清单": "listicle",
    "盘点": "listicle", "评论": "review", "影评": "review", "书评": "review", "测评": "review",
    "对比": "comparison", "比较": "comparison", "通讯": "newsletter", "邮件": "newsletter",
    "视频脚本": "video", "视频": "video", "脚本": "video", "播客": "podcast", "帖子": "social",
    "社交媒体": "social", "推文串": "social", "商品文案": "product", "文案": "product",
    "节目单": "programme", "教学大纲": "programme", "课程大纲": "programme",
}  # fmt: skip
_TONE_WORDS: Mapping[str, Tone] = {
    "plain": "neutral", "matter-of-fact": "neutral", "friendly": "warm", "casual": "warm",
    "cosy": "warm", "personal": "warm", "funny": "playful", "witty": "playful",
    "humorous": "playful", "light": "playful", "professional": "formal", "serious": "formal",
    "academic": "formal", "excited": "lively", "energetic": "lively", "enthusiastic": "lively",
    "中性": "neutral", "平实": "neutral", "客观": "neutral", "温暖": "warm", "亲切": "warm",
    "随和": "warm", "温柔": "warm", "幽默": "playful", "俏皮": "playful", "风趣": "playful",
    "轻松": "playful", "正式": "formal", "严肃": "formal", "专业": "formal", "热情": "lively",
    "活泼": "lively", "有活力": "lively",
}  # fmt: skip
_LENGTH_WORDS: Mapping[str, Length] = {
    "brief": "short", "normal": "medium", "短": "short", "中": "medium", "中等": "medium",
    "长": "long",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Voice:
    """How a brand writes, learned from samples (see `chatbot.studio.voice`).

    Attributes:
        words: mean sentence length, in words (English) or characters (Chinese); 0 = unknown.
        contractions: whether "it's" is said.
        address: whom the text speaks to or as: "you", "we", "both" or "".
        exclaims: share of sentences that end in "!".
        avoid: words that must not be used.
        samples: how many texts it was learned from.
    """

    words: float = 0.0
    contractions: bool | None = None
    address: Literal["", "you", "we", "both"] = ""
    exclaims: float = 0.0
    avoid: tuple[str, ...] = ()
    samples: int = 0


@dataclass(frozen=True, slots=True)
class Brief:
    """One order for a draft. Make it with `brief_of`, which checks what people typed.

    Attributes:
        topic: what it is about, in the writer's words; "" lets the items speak.
        audience: whom it is for, in plain words.
        words: length asked for in words (English) or characters (Chinese); None = by `length`.
        items: ids in the order they appear; () lets the recommender choose `count` of them.
        notes: facts and wishes of the writer; the ledger accepts them as a source.
        angle: the thread that was chosen among proposals; "" lets the composer choose.
        variant: another wording of the same brief; every number gives another one.
        headings: (item id or role, the writer's heading for it); "title" is the whole draft's.
    """

    kind: Kind
    topic: str = ""
    audience: str = ""
    tone: Tone = "neutral"
    length: Length = "medium"
    words: int | None = None
    language: Language = "en"
    format: Format = "md"
    items: tuple[str, ...] = ()
    count: int | None = None
    keywords: tuple[str, ...] = ()
    spoilers: Spoilers = "none"
    voice: Voice = field(default_factory=Voice)
    notes: tuple[str, ...] = ()
    angle: str = ""
    catalogue: str = ""
    variant: int = 0
    headings: tuple[tuple[str, str], ...] = ()

    def seed(self) -> int:
        """The same for the same brief; whatever is said differently gives another number."""
        text = repr([getattr(self, f.name) for f in fields(self) if f.name not in _UNSEEDED])
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


_UNSEEDED = frozenset({"format", "headings"})
"""Fields that change no sentence of the composer's."""


def brief_of(kind: str, **raw: object) -> Brief:
    """A checked brief from what people typed or sent.

    Takes the fields of `Brief`; `length` may also be a number of words, `tone`, `kind` and
    `length` also everyday words in both languages, lists also one text with commas.

    Raises:
        InputError: says which field is wrong, why, and what is possible.

    >>> brief_of("thread", tone="friendly", length="300").words
    300
    """
    unknown = raw.keys() - {f.name for f in fields(Brief)}
    if unknown:
        raise InputError(f"a brief has no {sorted(unknown)[0]!r}.", hint=_known(_names()))
    _bounded(raw)
    length, words = _length(raw.get("length"), raw.get("words"))
    brief = Brief(
        kind=_one_of("kind", kind, KINDS, _KIND_WORDS),
        topic=_text("topic", raw.get("topic")),
        audience=_text("audience", raw.get("audience")),
        tone=_one_of("tone", raw.get("tone") or "neutral", TONES, _TONE_WORDS),
        length=length,
        words=words,
        language=_one_of("language", raw.get("language") or "en", ("en", "zh"), _LANGUAGES),
        format=_one_of("format", raw.get("format") or "md", FORMATS, _ENDINGS),
        items=_list("items", raw.get("items"), MOST_ITEMS, 256),
        count=_count(raw.get("count")),
        keywords=_list("keywords", raw.get("keywords"), _KEYWORDS, _KEYWORD),
        spoilers=_one_of("spoilers", raw.get("spoilers") or "none", ("none", "light"), {}),
        voice=_voice(raw.get("voice")),
        notes=_list("notes", raw.get("notes"), _NOTES, _NOTE, split=False),
        angle=_text("angle", raw.get("angle")),
        catalogue=str(raw.get("catalogue") or ""),
        variant=_variant(raw.get("variant")),
        headings=_headings(raw.get("headings")),
    )
    if len(set(brief.items)) != len(brief.items):
        brief = replace(brief, items=tuple(dict.fromkeys(brief.items)))
    if brief.format == "srt" and brief.kind != "video":
        raise InputError("only a video script has timings.", hint="Use --kind video for .srt.")
    return brief


_LANGUAGES: Mapping[str, Language] = {
    "english": "en", "英文": "en", "英语": "en", "chinese": "zh", "中文": "zh", "zh-cn": "zh",
    "汉语": "zh", "en-gb": "en", "en-us": "en",
}  # fmt: skip
_ENDINGS: Mapping[str, Format] = {
    "markdown": "md", "htm": "html", "text": "txt", "plain": "txt", "word": "docx",
    "subtitles": "srt",
}  # fmt: skip
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_T = TypeVar("_T", bound=str)


def _names() -> tuple[str, ...]:
    return tuple(f.name for f in fields(Brief))


def _known(names: Sequence[str]) -> str:
    return f"Known: {', '.join(names)}."


def _bounded(raw: Mapping[str, object]) -> None:
    total = 0
    for value in raw.values():
        parts = list(value.values()) if isinstance(value, Mapping) else value
        parts = parts if isinstance(parts, list | tuple) else [parts]
        total += sum(len(part) for part in parts if isinstance(part, str))
    if total > MOST_TEXT:
        raise InputError(
            f"the brief has {total:,} characters; at most {MOST_TEXT:,} are read.",
            hint="Keep the point and the facts that matter; put long material into the catalogue.",
        )


def clean(text: str) -> str:
    r"""`text` on one line, without control and invisible characters.

    >>> clean("a\u202eb \n c")
    'ab c'
    """
    text = unicodedata.normalize("NFC", text)
    text = "".join(
        " " if c in "\n\t\r" else "" if unicodedata.category(c) in _INVISIBLE else c for c in text
    )
    return re.sub(r"\s+", " ", text).strip()


def _text(name: str, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(f"{name} must be text.")
    text = clean(value)
    if len(text) > _LIMITS[name]:
        raise InputError(
            f"{name} has {len(text)} characters; at most {_LIMITS[name]} are used.",
            hint="Say it in one line; put facts into notes.",
        )
    return text


def _one_of(name: str, value: object, allowed: Sequence[_T], words: Mapping[str, _T]) -> _T:
    text = str(value).strip().lower().replace("_", " ")
    if text in allowed:
        return cast(_T, text)
    if text in words:
        return words[text]
    raise InputError(f"unknown {name} {clean(text)[:40]!r}.", hint=f"Use {', '.join(allowed)}.")


def _length(length: object, words: object) -> tuple[Length, int | None]:
    text = str(length if length is not None else "medium").strip().lower()
    number = re.fullmatch(r"(\d{1,6})\s*(words?|characters?|chars?|字)?", text)
    if number:
        words, text = int(number[1]), ""
    count: int | None = None
    if words is not None:
        if not isinstance(words, int) or isinstance(words, bool) or not 40 <= words <= 4000:
            raise InputError("a length in words lies between 40 and 4000.")
        count = words
    if count is not None and text in ("", "medium"):
        return ("short" if count <= 250 else "medium" if count <= 700 else "long"), count
    return _one_of("length", text, get_args(Length), _LENGTH_WORDS), count


def _count(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_ITEMS:
        raise InputError(f"count lies between 1 and {MOST_ITEMS}.")
    return value


def _variant(value: object) -> int:
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10_000:
        raise InputError("variant is a number from 0 to 9999.")
    return value


def _headings(value: object) -> tuple[tuple[str, str], ...]:
    if value is None:
        return ()
    if not isinstance(value, Mapping) or len(value) > MOST_ITEMS + _ROLES:
        raise InputError(f"headings name at most {MOST_ITEMS + _ROLES} parts.")
    found = []
    for key, text in value.items():
        if not isinstance(key, str) or not isinstance(text, str):
            raise InputError("headings must be texts.")
        if len(key) > 256 or len(text) > _HEADING:
            raise InputError(f"a heading has at most {_HEADING} characters.")
        if clean(text):
            found.append((key, clean(text)))
    return tuple(found)


def _list(
    name: str, value: object, most: int, longest: int, *, split: bool = True
) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        value = re.split(r"[,，、;；]", value) if split else [value]
    if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
        raise InputError(f"{name} must be a list of texts.")
    found = tuple(text for v in value if (text := clean(v)))
    if len(found) > most:
        raise InputError(f"{name} holds {len(found)} entries; at most {most} are used.")
    for text in found:
        if len(text) > longest:
            raise InputError(f"an entry of {name} is longer than {longest} characters.")
    return found


def _voice(value: object) -> Voice:
    if value is None:
        return Voice()
    if isinstance(value, Voice):
        return value
    raise InputError("voice must be a voice card.", hint="Learn one from samples first.")
