"""Lays the page out and mounts it into the API's app under /chat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import FileResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.api.services import Services
from chatbot.api.visitors import known_visitor, new_visitor, set_cookie
from chatbot.phrases import say
from chatbot.ui.handlers import Handlers
from chatbot.ui.render import prose
from chatbot.ui.studio import routes as studio
from chatbot.values import Language

PATH = "/chat"
_HERE = Path(__file__).parent
_EVENTS = (_HERE / "events.js").read_text(encoding="utf-8")
_HEAD = (
    '<meta name="color-scheme" content="light dark">'
    '<link rel="icon" type="image/svg+xml" href="/favicon.ico">'
)
_LANGUAGES: tuple[Language, ...] = ("en", "zh")
_QUEUE = 64
"""Turns waiting at most; further visitors are told to come back."""

_THEME = """() => {
  const dark = document.body.classList.toggle('dark');
  try { localStorage.setItem('sommelier-theme', dark ? 'dark' : 'light'); } catch (e) {}
}"""
_START = """() => {
  try {
    const kept = localStorage.getItem('sommelier-theme');
    if (kept) document.body.classList.toggle('dark', kept === 'dark');
  } catch (e) {}
}"""


def mount(app: FastAPI, services: Services) -> FastAPI:
    """Mount the page at `PATH`; `/` leads there."""

    @app.get("/", include_in_schema=False)
    def front() -> RedirectResponse:
        return RedirectResponse(PATH + "/", status_code=307)

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> FileResponse:
        return FileResponse(_HERE / "favicon.svg", media_type="image/svg+xml")

    @app.get("/manifest.json", include_in_schema=False)
    def manifest() -> dict[str, Any]:
        icon = {"src": "/favicon.ico", "sizes": "any", "type": "image/svg+xml"}
        return {"name": "Sommelier", "start_url": PATH + "/", "display": "browser", "icons": [icon]}

    app.include_router(studio.router)
    app.include_router(studio.asked)
    app.add_middleware(Recognised)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        build(services),
        PATH,
        ssr_mode=False,
        footer_links=[],
        run_history=False,
        max_file_size="16kb",
        show_error=True,
        css_paths=[_HERE / "style.css"],
        theme=_theme(),
        head=_HEAD,
        enable_monitoring=False,
        pwa=False,
    )
    return mounted


def _theme() -> Any:
    fonts = ["ui-sans-serif", "system-ui", "PingFang SC", "Noto Sans CJK SC", "sans-serif"]
    return gr.themes.Base(primary_hue="rose", neutral_hue="stone", font=fonts, font_mono=fonts)


def build(services: Services) -> gr.Blocks:
    """The page."""
    handlers = Handlers(services)
    with gr.Blocks(title="Sommelier", analytics_enabled=False, fill_width=True) as page:
        session = gr.State("")
        with gr.Row(elem_id="s-bar"):
            head = gr.HTML("", elem_id="s-header")
            language = gr.Radio(
                [("English", "en"), ("中文", "zh")],
                value="en",
                show_label=False,
                container=False,
                elem_id="s-language",
            )
            theme = gr.Button("◐", elem_id="s-theme", size="sm", min_width=40)
        with gr.Row(elem_id="s-main"):
            with gr.Column(elem_id="s-talk"):
                chat = gr.Chatbot(
                    elem_id="s-chat",
                    show_label=False,
                    container=False,
                    height=None,
                    latex_delimiters=[],
                    feedback_options=None,
                    buttons=[],
                    allow_tags=False,
                    layout="bubble",
                    placeholder=_welcome(services),
                )
                hints = _panel("s-hints")
                note = gr.HTML("", elem_id="s-notes", apply_default_css=False)
                with gr.Row(elem_id="s-composer"):
                    box = gr.Textbox(
                        show_label=False,
                        container=False,
                        lines=1,
                        max_lines=5,
                        max_length=services.assistant.settings.max_text,
                        autofocus=True,
                        elem_id="s-box",
                        scale=8,
                    )
                    send = gr.Button("Send", variant="primary", elem_id="s-send", min_width=70)
                    stop = gr.Button("Stop", elem_id="s-stop", min_width=60)
            with gr.Column(elem_id="s-side"):
                chips = _panel("s-profile")
                dial = gr.Slider(0, 100, value=30, step=5, elem_id="s-dial", label="")
                board = _panel("s-board")
                with gr.Row():
                    fresh = gr.Button("New conversation", size="sm", elem_id="s-new")
                with gr.Accordion("Earlier conversations", open=False) as drawer:
                    earlier = _panel("s-earlier")
        shown = [session, chat, board, chips, hints, earlier, note]
        watching = gr.Timer(3.0)
        labels = [head, box, send, stop, fresh, drawer, dial]
        own = [session, language]
        page.load(
            handlers.load, None, [language, *labels, *shown], js=_START, show_progress="hidden"
        )
        language.input(
            handlers.language, [language, session], [*labels, *shown], show_progress="hidden"
        )
        theme.click(None, None, None, js=_THEME)
        heard = gr.State(0)
        look = ([session, language, heard], [note, watching, chat, heard])
        watching.tick(handlers.watch, *look, show_progress="hidden")
        fresh.click(handlers.new, [language], shown, show_progress="hidden")
        said = gr.State("")
        talk = []
        for trigger in (box.submit, send.click):
            taken = trigger(lambda text: (text, ""), [box], [said, box], show_progress="hidden")
            talk.append(
                taken.then(
                    handlers.say,
                    [said, *own],
                    shown,
                    show_progress="hidden",
                    concurrency_limit=8,
                    concurrency_id="talk",
                )
            )
        hinted = hints.select(_hinted, None, [said], show_progress="hidden")
        talk.append(
            hinted.then(
                handlers.say,
                [said, *own],
                shown,
                show_progress="hidden",
                concurrency_limit=8,
                concurrency_id="talk",
            )
        )
        stop.click(handlers.stopped, own, shown, cancels=talk, show_progress="hidden")
        dial.release(handlers.dial, [dial, *own], shown, show_progress="hidden")
        for panel in (board, chips, earlier):
            acted = panel.select(handlers.act, own, shown, show_progress="hidden")
            acted.then(handlers.watch, *look, show_progress="hidden")
        for told in talk:
            told.then(handlers.watch, *look, show_progress="hidden")
    page.queue(max_size=_QUEUE, default_concurrency_limit=8, api_open=False)
    return page


def _welcome(services: Services) -> str:
    """The greeting of an empty conversation, in both languages."""
    schema = services.assistant.catalogue().schema
    greetings = (say("greet", one, noun=schema.noun.get(one, "")) for one in _LANGUAGES)
    return "\n\n".join(map(prose, greetings))


def _panel(name: str) -> gr.HTML:
    """A block of our own HTML whose buttons become `select` events."""
    return gr.HTML("", elem_id=name, js_on_load=_EVENTS, apply_default_css=False)


def _hinted(event: gr.EventData) -> str:
    data = event._data if isinstance(event._data, dict) else {}
    text = data.get("text", "")
    return text if isinstance(text, str) else ""


class Recognised:
    """Gives a visitor who opens the page a secret to be recognised by."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through."""
        if scope["type"] != "http" or scope["path"].rstrip("/") != PATH:
            await self._app(scope, receive, send)
            return
        from starlette.requests import Request

        if known_visitor(Request(scope).cookies) is not None:
            await self._app(scope, receive, send)
            return
        cookie = set_cookie(new_visitor(), secure=scope.get("scheme") == "https")

        async def wrapped(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"set-cookie", cookie.encode())]
            await send(message)

        await self._app(scope, receive, wrapped)
