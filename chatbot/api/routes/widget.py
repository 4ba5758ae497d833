"""What an embedded chat needs: the script itself and a site's looks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, Field

from chatbot.api.problems import ForeignOriginError
from chatbot.api.services import Services, ServicesIn, limited
from chatbot.errors import NotFoundError
from chatbot.handoff.config import HIDDEN
from chatbot.storage.catalogues import CatalogueStore

router = APIRouter(tags=["widget"])

SHORTLY = "public, max-age=300, stale-while-revalidate=86400"

_OPENERS = 4


@cache
def script() -> tuple[bytes, str]:
    """(the widget as it is sent, its entity tag): its source less indentation, comment lines and
    blanks that say nothing.
    """
    text = files("chatbot.api").joinpath("static", "widget.js").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    kept = (line for line in lines if line and not line.startswith("//"))
    # Lines end and begin with these for the reader's sake only, in the script and in its style.
    source = re.sub(r"(?<=[{,;(])\n|\n(?=[})])", "", "\n".join(squeezed(kept)))
    source = re.sub("`[^`]*`", lambda style: style[0].replace("}\n", "}"), source)
    sent = source.encode()
    return sent, f'"{hashlib.sha256(sent).hexdigest()[:20]}"'


def squeezed(lines: Iterable[str]) -> Iterator[str]:
    """Lines of a script without blanks around signs. Strings and templates stay as they are, and
    so does every line that may hold a pattern.

    >>> list(squeezed(['if (a === "x = y") { b = c ? `d, e` : f; }', "g = /a = b/;"]))
    ['if(a==="x = y"){b=c?`d, e`:f;}', 'g = /a = b/;']
    """
    inside = False  # of a template that goes on over lines
    for line in lines:
        opens = line.count("`") % 2 == 1
        if inside or opens or "/" in _STRING.sub("", line):
            yield line
        else:
            parts = _STRING.split(line)
            yield "".join(p if n % 2 else _tight(p) for n, p in enumerate(parts))
        inside = inside != opens


def _tight(code: str) -> str:
    return re.sub(r" \(", "(", re.sub(r" *(===|!==|=>|&&|\|\||[=,{};?:<>]) *", r"\1", code))


_STRING = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)""")


@router.get(
    "/widget.js",
    response_class=Response,
    responses={
        200: {"description": "The script.", "content": {"text/javascript": {"example": "…"}}},
        304: {"description": "The browser has it already."},
    },
)
@router.head("/widget.js", include_in_schema=False)
def widget(request: Request) -> Response:
    """The chat that sites embed: `<script src="…/widget.js" data-site="NAME"></script>`."""
    source, tag = script()
    headers = {
        "etag": tag,
        "cache-control": SHORTLY,
        # Pages of every origin may load the script; what it can do is decided by its calls.
        "cross-origin-resource-policy": "cross-origin",
    }
    known = {
        one.strip().removeprefix("W/")
        for one in request.headers.get("if-none-match", "").split(",")
    }
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(source, media_type="text/javascript; charset=utf-8", headers=headers)


class WidgetOut(BaseModel):
    """What a site's widget shows before anything is said."""

    site: str
    catalogue: str
    suggestions: dict[str, list[str]] = Field(description="What to say first, by language.")
    options: dict[str, str] = Field(description="What the operator set: title, greeting, color …")


@router.get("/v1/widget/{site}", dependencies=[Depends(limited)])
def looks(
    site: Annotated[str, Path(min_length=1, max_length=40)], request: Request, services: ServicesIn
) -> WidgetOut:
    """How the widget of a site looks. Pages of other origins than the site's are refused."""
    found = services.origins.sites().get(site)
    if found is None:
        raise NotFoundError("there is no such site.", hint="Check data-site.")
    origin = request.headers.get("origin", "")
    if origin and not found.allows(origin):
        raise ForeignOriginError(
            "pages of this origin may not show the chat of this site.",
            hint="Allow it: `python app.py sites change NAME --origin …`.",
        )
    first = _suggestions(services, found.catalogue)
    return WidgetOut(
        site=found.name,
        catalogue=found.catalogue,
        suggestions={
            language: list(first.get(language, ())[:_OPENERS]) for language in ("en", "zh")
        },
        options={k: v for k, v in found.options.items() if not k.startswith(HIDDEN)},
    )


def _suggestions(services: Services, catalogue: str) -> Mapping[str, Sequence[str]]:
    """What to say first, read from what is stored: an index that is being built is not waited for.

    Empty for a catalogue that has help pages and no items.
    """
    try:
        services.assistant.check_catalogue(catalogue)
        return CatalogueStore(services.assistant.database).schema(catalogue).suggestions
    except NotFoundError:
        return {}
