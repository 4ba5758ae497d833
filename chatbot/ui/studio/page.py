"""The studio's page itself and its files."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from chatbot.api.visitors import known_visitor, new_visitor, set_cookie
from chatbot.errors import NotFoundError
from chatbot.ui.studio.door import PATH

STATIC = Path(__file__).parent / "static"
POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
        "connect-src 'self'", "font-src 'self'", "manifest-src 'self'", "base-uri 'none'",
        "form-action 'none'", "frame-ancestors 'none'",
    )
)  # fmt: skip
"""Stricter than the chat's: the page brings no inline script or style of its own."""

_FILES = {
    **dict.fromkeys(("main.js", "dom.js", "brief.js", "paper.js", "side.js"), "text/javascript"),
    "studio.css": "text/css",
}


router = APIRouter(prefix=PATH, include_in_schema=False)


@router.get("", response_model=None)
@router.get("/", response_model=None)
@router.get("/d/{draft_id}", response_model=None)
def page(request: Request) -> Response:
    """The page; which draft it shows stands in its address."""
    answer = FileResponse(STATIC / "page.html", media_type="text/html")
    answer.headers["content-security-policy"] = POLICY
    answer.headers["cache-control"] = "no-cache"
    if known_visitor(request.cookies) is None:
        answer.headers["set-cookie"] = set_cookie(
            new_visitor(), secure=request.url.scheme == "https"
        )
    return answer


@router.get("/static/{name}", response_model=None)
def static(name: str) -> Response:
    """The page's own scripts and style."""
    if name not in _FILES:
        raise NotFoundError("there is no such file.")
    answer = FileResponse(STATIC / name, media_type=_FILES[name])
    answer.headers["cache-control"] = "no-cache"
    return answer
