"""The composition root: the only place that names concrete classes and wires them together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from chatbot import profile as profiles
from chatbot.access.sites import SiteStore
from chatbot.engines import Engines, Progress
from chatbot.errors import InputError, NotFoundError
from chatbot.handoff.config import DeskConfig, desk_of
from chatbot.handoff.desk import SupportDesk
from chatbot.importing.people import attributes
from chatbot.learning import Chooser
from chatbot.manager import DialogueManager
from chatbot.settings import Settings
from chatbot.storage import codec
from chatbot.storage.answers import StoredAnswers
from chatbot.storage.database import Database
from chatbot.storage.people import SITE, StoredPeople
from chatbot.storage.sessions import (
    Feedback,
    MemorySessions,
    SessionStore,
    StoredSessions,
    Verdict,
    new_id,
)
from chatbot.turn import Engine
from chatbot.values import Card, Event, Language, Preference, Profile, Reply, Session, Stance
from retrieval import situation
from retrieval.catalogue import Catalogue
from retrieval.embeddings import Embedder
from retrieval.items import Item

if TYPE_CHECKING:
    from chatbot.studio.desk import Studio
    from chatbot.studio.store import DraftStore

_STANCES: Mapping[Verdict, tuple[Stance, float]] = {
    "love": ("like", 1.0),
    "like": ("like", 0.6),
    "dislike": ("avoid", 1.0),
    "seen": ("seen", 1.0),
}


class Assistant:
    """A conversational recommender over stored catalogues. Safe to share between threads.

    Open with `Assistant.open`, close with `close` or by leaving a `with` block.

    >>> with Assistant.open(data_dir=folder, llm="none") as assistant:  # doctest: +SKIP
    ...     assistant.reply("I want sci-fi films", session="s1").cards[0].title
    """

    def __init__(
        self,
        settings: Settings,
        sessions: SessionStore,
        engines: Engines,
        rng: np.random.Generator | None = None,
    ) -> None:
        self.settings = settings
        self._sessions = sessions
        self._engines = engines
        # Conversations that are not kept cannot be handed over: nobody could look them up.
        self.desk = (
            SupportDesk(engines.database, self.desk_config)
            if isinstance(sessions, StoredSessions)
            else None
        )
        self._manager = DialogueManager(
            sessions,
            engines.get,
            results=settings.results,
            max_text=settings.max_text,
            desk=self.desk,
            chooser=Chooser(settings.explore, rng or np.random.default_rng()),
        )
        self._opened = time.time()
        self._creating = threading.Lock()

    @classmethod
    def open(
        cls,
        *,
        data_dir: Path | str | None = None,
        catalogue: str | None = None,
        llm: str | None = None,
        settings: Settings | None = None,
        progress: Progress | None = None,
        remember: bool = True,
        load: bool = True,
    ) -> Assistant:
        """Open the database and the default catalogue, building its index where needed.

        Args:
            data_dir: where everything lives; by default what `Settings` says.
            catalogue: the default catalogue.
            llm: language model, see `Settings.llm`.
            settings: all of it at once; the arguments above win over it.
            progress: called with (what, done, total) while something long runs.
            remember: keep sessions in the database; otherwise in memory only.
            load: make the default catalogue ready now; otherwise when it is first needed.

        Raises:
            StorageError: the database cannot be opened.
            NotFoundError: there is no such catalogue.
        """
        if settings is None:
            settings = Settings.read(data_dir=data_dir, catalogue=catalogue, llm=llm)
        database = Database.open(settings.database_where)
        try:
            sessions: SessionStore = StoredSessions(database) if remember else MemorySessions()
            engines = Engines(settings, database, progress)
            assistant = cls(settings, sessions, engines)
            if load:
                engines.get(settings.catalogue)
        except BaseException:
            database.close()
            raise
        return assistant

    def __enter__(self) -> Assistant:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the database, indexes and models."""
        if self.desk is not None:
            self.desk.close()
        self._engines.close()
        self._engines.database.close()

    def warm(self) -> None:
        """Load what the first question would otherwise wait for."""
        self._engines.warm()

    def wait(self) -> None:
        """Wait until the language model is loaded, or known not to be had."""
        self._engines.wait()

    @property
    def database(self) -> Database:
        """Where everything is kept; parts that keep something of their own open a store on it."""
        return self._engines.database

    def desk_config(self, site: str) -> DeskConfig:
        """What is set up for a site's desk now; the server's own where the site is gone."""
        if not site:
            return desk_of(self.settings)
        try:
            return desk_of(self.settings, SiteStore(self.database).get(site).options)
        except NotFoundError:
            return desk_of(self.settings)

    # Catalogues

    def catalogues(self) -> tuple[str, ...]:
        """Names of the catalogues that can be asked for."""
        return self._engines.names()

    def catalogue(self, name: str | None = None) -> Catalogue:
        """A catalogue by name, the default one for None.

        Raises:
            NotFoundError: there is no such catalogue.
        """
        return self.engine(name).catalogue

    def engine(self, name: str | None = None) -> Engine:
        """What answers for a catalogue, the default one for None."""
        return self._engines.get(name or self.settings.catalogue)

    def studio(self, catalogue: str | None = None) -> Studio:
        """Where drafts over a catalogue are written, kept and revised.

        Raises:
            NotFoundError: there is no such catalogue.
        """
        return self._engines.studio(catalogue or self.settings.catalogue)

    def check_catalogue(self, name: str) -> None:
        """See that there is a catalogue, without making it ready.

        Raises:
            NotFoundError: there is no such catalogue.
        """
        self._engines.check(name)

    @property
    def embedder(self) -> Embedder:
        """What embeds words here."""
        return self._engines.embedder

    def item(self, item_id: str, catalogue: str | None = None) -> Item:
        """One item.

        Raises:
            NotFoundError: the catalogue does not have it.
        """
        found = self.catalogue(catalogue).get(item_id)
        if found is None:
            raise NotFoundError(
                f"there is no item {item_id!r} in this catalogue.", hint="Check the id."
            )
        return found

    def search(self, text: str, *, k: int = 10, catalogue: str | None = None) -> tuple[Card, ...]:
        """The best items for one request, without a conversation and without keeping anything."""
        store = MemorySessions()
        session = Session(new_id(), catalogue or self.settings.catalogue, channel="api")
        store.create(session)
        manager = DialogueManager(store, self._engines.get, max_text=self.settings.max_text)
        return manager.reply(session.id, text, k=max(1, min(k, 100))).cards[:k]

    # Conversations

    def create_session(
        self,
        *,
        catalogue: str | None = None,
        channel: str = "web",
        language: str | None = None,
        user: str = "",
        session_id: str = "",
        context: Mapping[str, str] | None = None,
        site: str = "",
        about: Mapping[str, str] | None = None,
    ) -> Session:
        """A new conversation; a returning user's lasting tastes come along.

        `about` adds to the attributes that were imported of the user, or corrects them.

        Raises:
            InputError: an unknown channel, language or context.
            NotFoundError: there is no such catalogue.
        """
        if channel not in ("web", "support", "studio", "api", "terminal", "replay"):
            raise InputError(f"unknown channel {channel!r}.", hint="Use web, support or studio.")
        if language not in (None, "", "en", "zh"):
            raise InputError(f"unknown language {language!r}.", hint="Use en or zh.")
        _check_context(context or {})
        name = catalogue or self.settings.catalogue
        self._engines.check(name)
        lang: Language | None = "zh" if language == "zh" else "en" if language == "en" else None
        session = Session(
            id=session_id or new_id(),
            catalogue=name,
            channel=channel,  # type: ignore[arg-type]
            language=lang,
            profile=self._tastes(user, name),
            surprise=self.settings.surprise,
            user=user,
            context={key: value for key, value in (context or {}).items() if value},
            site=site,
            about=StoredPeople(self.database).of(name, user) | attributes(about or {}),
        )
        self._sessions.create(session)
        return session

    def _tastes(self, user: str, catalogue: str) -> Profile:
        """What a user's latest conversation about this catalogue leaves for the next one."""
        if not user:
            return Profile()
        for session in self._sessions.list(user, limit=20):
            if session.catalogue == catalogue:
                return profiles.tastes(session.profile)
        return Profile()

    def session(self, session_id: str, *, turns: int = 20) -> Session:
        """A conversation with its last turns, so many at most.

        Raises:
            NotFoundError: there is none with this id.
        """
        found = self._sessions.get(session_id, turns=turns)
        if found is None:
            raise NotFoundError(
                f"there is no session {session_id!r}.", hint="Create one first, or check the id."
            )
        return found

    def sessions(self, user: str) -> tuple[Session, ...]:
        """A user's conversations without their turns, latest first."""
        return self._sessions.list(user)

    def stream(
        self,
        text: str,
        session: str,
        *,
        cancel: threading.Event | None = None,
        k: int | None = None,
        context: Mapping[str, str] | None = None,
    ) -> Iterator[Event]:
        """Answer `text`: events as they come. A session id that is new makes a new session.

        `context` tells the situation ("company": "kids", "time_of_day": "night", "mood": "tired");
        it weighs softly, and for the rest of the session.

        Raises:
            InputError: the text is empty or too long, or nobody knows such a situation; nothing
                was changed.
        """
        self._manager.check(text)
        _check_context(context or {})
        self._ensure(session)
        return self._manager.stream(session, text, cancel=cancel, k=k, context=context)

    def reply(
        self,
        text: str,
        session: str,
        *,
        k: int | None = None,
        context: Mapping[str, str] | None = None,
    ) -> Reply:
        """`stream` consumed: the whole answer at once."""
        self._manager.check(text)
        _check_context(context or {})
        self._ensure(session)
        return self._manager.reply(session, text, k=k, context=context)

    def _ensure(self, session_id: str) -> None:
        if not session_id or len(session_id) > 64:
            raise InputError("a session id has 1 to 64 characters.")
        with self._creating:
            if self._sessions.get(session_id, turns=1) is None:
                self.create_session(session_id=session_id, channel="api")

    def refresh(self, session_id: str) -> Reply:
        """The last list again under the present profile and dial, without a new message."""
        return self._manager.refresh(session_id)

    # The user's own hands

    def edit_profile(
        self,
        session_id: str,
        *,
        put: Preference | None = None,
        remove: str | None = None,
        clear: bool = False,
    ) -> Profile:
        """Change the profile by hand: put a belief, remove one by its key, or clear all."""

        def change(session: Session) -> Profile:
            if clear:
                return Profile()
            profile = session.profile
            if remove is not None:
                profile = profiles.remove(profile, remove)
            return profiles.edit(profile, put.key, put) if put is not None else profile

        return self._manager.change(session_id, profile=change).profile

    def set_surprise(self, session_id: str, value: float) -> None:
        """Move the dial: 0 familiar … 1 surprising.

        Raises:
            InputError: the value is outside [0, 1].
        """
        if not 0.0 <= value <= 1.0:
            raise InputError("the dial goes from 0 to 1.")
        self._manager.change(session_id, surprise=float(value))

    def feedback(self, session_id: str, item_id: str, verdict: Verdict) -> Feedback:
        """Record love, like, dislike or seen for an item that was shown; it counts at once.

        Raises:
            InputError: an unknown verdict, or an item this session has not shown.
        """
        if verdict not in _STANCES:
            raise InputError(f"unknown verdict {verdict!r}.", hint=f"Use {', '.join(_STANCES)}.")
        session = self.session(session_id)
        if item_id not in session.shown:
            raise InputError("this item has not been shown in this session.")
        entry = Feedback(
            new_id(), session.id, session.catalogue, _last(session), item_id, verdict, time.time()
        )
        stance, strength = _STANCES[verdict]
        belief = Preference(stance, "title", item_id, strength, source=f"♥ {verdict}")

        def change(now: Session) -> Profile:
            return profiles.assert_(now.profile, belief)

        self._manager.change(session_id, profile=change)
        self._sessions.record(entry)
        return entry

    def undo(self, session_id: str, feedback_id: str) -> Profile:
        """Take a verdict back.

        Raises:
            NotFoundError: this session has no such verdict.
        """
        found = {f.id: f for f in self._sessions.feedback(session_id)}.get(feedback_id)
        if found is None:
            raise NotFoundError("there is no such verdict to take back.")
        stance, _ = _STANCES[found.verdict]
        self._sessions.undo(feedback_id)

        def change(session: Session) -> Profile:
            return profiles.remove(session.profile, f"title:{found.item}", stance)

        return self._manager.change(session_id, profile=change).profile

    def verdicts(self, session_id: str) -> tuple[Feedback, ...]:
        """Verdicts given in a session, oldest first."""
        return self._sessions.feedback(session_id)

    def export(self, user: str) -> dict[str, Any]:
        """Everything kept about a user, as JSON-ready values."""
        import json

        drafts = self._drafts()
        return {
            "user": user,
            "sessions": [
                {
                    "session": json.loads(codec.dump(self._all(s.id))),
                    "feedback": [json.loads(codec.dump(f)) for f in self._sessions.feedback(s.id)],
                    "lists": [
                        json.loads(codec.dump(used))
                        for used in self._sessions.uses(s.catalogue, s.id)
                    ],
                }
                for s in self._sessions.list(user, limit=100_000)
            ],
            "support": self._support(user),
            "drafts": [
                json.loads(codec.dump(drafts.get(record.id)))
                for record in (drafts.list(user, limit=500) if user else ())
            ],
            "answers": list(StoredAnswers(self.database).of(user)) if user else [],
            "imported": StoredPeople(self.database).export(user, self._catalogue_of(user)),
        }

    def _support(self, user: str) -> dict[str, Any]:
        if self.desk is None:
            return {}
        return self.desk.export([s.id for s in self._sessions.list(user, limit=100_000)])

    def _drafts(self) -> DraftStore:
        from chatbot.studio.store import DraftStore

        return DraftStore(self._engines.database)

    def _all(self, session_id: str) -> Session:
        found = self._sessions.get(session_id, turns=1_000_000)
        assert found is not None
        return found

    def erase(self, user: str) -> int:
        """Delete for good everything kept about a user; returns the number of sessions.

        Raises:
            InputError: the user is empty (that would be everybody without a name).
        """
        if not user:
            raise InputError("say whose data is to be erased.")
        self._drafts().erase(user)
        StoredAnswers(self.database).erase(user)
        StoredPeople(self.database).erase(user, self._catalogue_of(user))
        if self.desk is not None:
            self.desk.erase(user)
        return self._sessions.erase(user)

    def _catalogue_of(self, user: str) -> str:
        """The catalogue of the site that vouches for a user, "" where none does."""
        site = user.split(":")[1] if user.startswith(SITE) else ""
        return next((s.catalogue for s in SiteStore(self.database).list() if s.name == site), "")

    def status(self) -> dict[str, Any]:
        """What is ready: for health checks and the interface."""
        return {
            "catalogue": self.settings.catalogue,
            "uptime_s": round(time.time() - self._opened, 1),
            **self._engines.status(),
        }


def _check_context(context: Mapping[str, str]) -> None:
    for key, value in context.items():
        known = situation.KNOWN.get(key)
        if known is None:
            raise InputError(f"unknown context {key!r}.", hint=f"Use {', '.join(situation.KNOWN)}.")
        if value and value not in known:
            raise InputError(f"unknown {key} {value!r}.", hint=f"Use {', '.join(known)}.")


def _last(session: Session) -> int:
    return session.turns[-1].number if session.turns else 0


Opener = Callable[..., Assistant]
