"""What happens on the page. Each handler trusts nothing it is sent and acts on the visitor's own
sessions only: Gradio's endpoints can be called by anybody.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import gradio as gr

from chatbot.api.services import Services
from chatbot.api.visitors import known_visitor
from chatbot.errors import SommelierError
from chatbot.profile import edit
from chatbot.storage.sessions import Verdict
from chatbot.ui import render
from chatbot.ui.page import (
    latest_list,
    messages_of,
    next_texts,
    note_of,
    page_of,
    past_of,
    said_of,
    verdicts_of,
    with_desk,
)
from chatbot.ui.words import word
from chatbot.values import Done, Items, Language, Preference, Session, Stance, Status, TextDelta

if TYPE_CHECKING:
    from chatbot.assistant import Assistant

log = logging.getLogger(__name__)

_LOOK_S = 3.0
"""How often the page asks how far the language model is, while it loads."""

_STANCES = ("like", "avoid", "require", "forbid")


class Handlers:
    """Handlers over one engine. Outputs are, in this order: session id, messages, cards, chips,
    suggestions, past conversations, quiet notes.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._assistant: Assistant = services.assistant

    # Who and what

    def _user(self, request: gr.Request) -> str:
        cookies = dict(request.cookies) if request.cookies else {}
        visitor = known_visitor(cookies)
        if visitor is None:
            raise gr.Error("Reload the page, please. 请刷新页面。", print_exception=False)
        return visitor.id

    def _own(self, session_id: object, request: gr.Request) -> Session:
        user = self._user(request)
        if isinstance(session_id, str) and session_id:
            try:
                session = self._assistant.session(session_id)
            except SommelierError:
                session = None
            if session is not None and session.user == user:
                return session
        return self._assistant.create_session(user=user)

    def _shown(self, session: Session, language: Language) -> tuple[Any, ...]:
        page = page_of(self._assistant, session, language)
        return (
            session.id,
            page.messages,
            page.cards,
            page.chips,
            page.suggestions,
            page.past,
            page.note,
        )

    # Page

    def load(self, request: gr.Request) -> tuple[Any, ...]:
        """The page as it was left: the visitor's latest conversation, in their language."""
        user = self._user(request)
        accepted = str(request.headers.get("accept-language", "")).lower()
        language: Language = "zh" if accepted.startswith("zh") else "en"
        mine = [s for s in self._assistant.sessions(user) if s.channel == "web"]
        session = (
            self._assistant.session(mine[0].id)
            if mine
            else self._assistant.create_session(user=user)
        )
        return (language, *self._labels(language, session), *self._shown(session, language))

    def _labels(self, language: Language, session: Session) -> tuple[Any, ...]:
        return (
            render.header(language),
            gr.update(
                placeholder=word("placeholder", language), label=word("placeholder", language)
            ),
            gr.update(value=word("send", language)),
            gr.update(value=word("stop", language)),
            gr.update(value=word("new", language)),
            gr.update(label=word("past", language)),
            gr.update(label=word("dial", language), value=round(100 * session.surprise)),
        )

    def language(self, chosen: object, session_id: object, request: gr.Request) -> tuple[Any, ...]:
        """Switch the page's language."""
        language = _language(chosen)
        session = self._own(session_id, request)
        return (*self._labels(language, session), *self._shown(session, language))

    def new(self, chosen: object, request: gr.Request) -> tuple[Any, ...]:
        """Begin a new conversation."""
        self._services.limits.sessions.take(_address(request))
        session = self._assistant.create_session(user=self._user(request))
        return self._shown(session, _language(chosen))

    # Talking

    def say(
        self, text: object, session_id: object, chosen: object, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        """Answer a message: the conversation, then cards, then prose as it comes."""
        language = _language(chosen)
        session = self._own(session_id, request)
        same = gr.skip()
        try:
            self._services.limits.turns.take(_address(request))
            said = self._services.checked(text if isinstance(text, str) else "")
        except SommelierError as error:
            raise gr.Error(str(error), duration=8, print_exception=False) from None
        messages = [
            *messages_of(session, said_of(self._assistant, session)),
            {"role": "user", "content": render.plain(said)},
            {"role": "assistant", "content": word("thinking", language)},
        ]
        yield (session.id, messages, same, same, "", same, same)
        catalogue = self._assistant.catalogue(session.catalogue)
        cancel = threading.Event()
        answer = ""
        try:
            for event in self._services.turn(said, session, cancel):
                match event:
                    case Status():
                        continue
                    case Items(found):
                        board = render.cards(found, catalogue, {}, language)
                        yield (session.id, same, board, same, same, same, same)
                    case TextDelta(piece):
                        answer += piece
                        messages[-1] = {"role": "assistant", "content": render.prose(answer)}
                        yield (session.id, messages, same, same, same, same, same)
                    case Done(reply):
                        now = self._assistant.session(session.id)
                        openers = catalogue.schema.suggestions.get(language, ())
                        texts = next_texts(reply, openers, self._assistant, now, language)
                        yield (
                            session.id,
                            messages_of(now, said_of(self._assistant, now)),
                            render.cards(
                                latest_list(now),
                                catalogue,
                                verdicts_of(self._assistant, now),
                                language,
                            ),
                            render.chips(now.profile, catalogue, language),
                            render.suggestions(texts, language),
                            past_of(self._assistant, now, language),
                            note_of(self._assistant, now, language),
                        )
        except SommelierError as error:
            raise gr.Error(str(error), duration=8, print_exception=False) from None
        finally:
            cancel.set()

    def watch(
        self, session_id: object, chosen: object, known: object, request: gr.Request
    ) -> tuple[Any, ...]:
        """The quiet notes again, what people at the desk said since (`known` messages are shown),
        and whether it is worth looking any more.
        """
        session = self._own(session_id, request) if session_id else None
        loading = self._assistant.status()["model"]["state"] == "loading"
        if session is None:
            return gr.skip(), gr.Timer(_LOOK_S, active=loading), gr.skip(), known
        said = said_of(self._assistant, session)
        last = said[-1].number if said else 0
        shown = messages_of(session, said) if last != known else gr.skip()
        note = note_of(self._assistant, session, _language(chosen))
        active = loading or with_desk(self._assistant, session)
        return note, gr.Timer(_LOOK_S, active=active), shown, last

    def stopped(self, session_id: object, chosen: object, request: gr.Request) -> tuple[Any, ...]:
        """After Stop: what was said until then."""
        return self._shown(self._own(session_id, request), _language(chosen))

    # Hands on

    def dial(
        self, value: object, session_id: object, chosen: object, request: gr.Request
    ) -> tuple[Any, ...]:
        """Move the familiar–surprising dial; an existing list follows at once."""
        session = self._own(session_id, request)
        number = float(value) if isinstance(value, int | float) else 30.0
        surprise = min(max(number, 0.0), 100.0) / 100
        if surprise != session.surprise:
            self._assistant.set_surprise(session.id, surprise)
            self._again(session)
        return self._shown(self._assistant.session(session.id), _language(chosen))

    def act(
        self,
        session_id: object,
        chosen: object,
        request: gr.Request,
        event: gr.EventData,
    ) -> tuple[Any, ...]:
        """A button on a card, a chip or the list of conversations."""
        session = self._own(session_id, request)
        data = event._data if isinstance(event._data, dict) else {}
        given = {k: v for k, v in data.items() if isinstance(k, str) and isinstance(v, str)}
        try:
            session = self._done(session, given, request)
        except SommelierError as error:
            gr.Warning(str(error))
        return self._shown(self._assistant.session(session.id), _language(chosen))

    def _done(self, session: Session, given: dict[str, str], request: gr.Request) -> Session:
        assistant = self._assistant
        match given.get("act"):
            case "verdict":
                verdict = cast(Verdict, given.get("verdict", ""))
                assistant.feedback(session.id, given.get("item", ""), verdict)
            case "undo":
                assistant.undo(session.id, given.get("feedback", ""))
            case "remove":
                assistant.edit_profile(session.id, remove=given.get("key", ""))
                self._again(session)
            case "pin" | "scope" | "stance":
                self._edited(session, given)
            case "open":
                found = self._own(given.get("session", ""), request)
                return found
        return session

    def _edited(self, session: Session, given: dict[str, str]) -> None:
        key, stance = given.get("key", ""), given.get("stance", "")
        held = [p for p in session.profile.preferences if p.key == key and p.stance == stance]
        if not held:
            return
        changed: Preference = held[0]
        if given["act"] == "pin":
            changed = replace(changed, pinned=given.get("on") == "True")
        elif given["act"] == "scope":
            changed = replace(
                changed, scope="session" if given.get("scope") == "session" else "always"
            )
        elif given.get("to") in _STANCES:
            changed = replace(changed, stance=cast(Stance, given["to"]), group="")
        if edit(session.profile, key, changed) != session.profile:
            self._assistant.edit_profile(session.id, put=changed)
            if given["act"] == "stance":
                self._again(session)

    def _again(self, session: Session) -> None:
        if latest_list(session):
            self._assistant.refresh(session.id)


def _language(chosen: object) -> Language:
    return "zh" if chosen == "zh" else "en"


def _address(request: gr.Request) -> str:
    return request.client.host if request.client else "unknown"
