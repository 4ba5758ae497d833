"""`chat`: the same conversation in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from chatbot.assistant import Assistant
from chatbot.commands.console import note, progress, settings_of
from chatbot.compose import belief
from chatbot.errors import SommelierError
from chatbot.phrases import listed, say
from chatbot.storage.sessions import new_id
from chatbot.values import Card, Done, Items, Language, Profile, TextDelta
from retrieval.catalogue import Catalogue

_HELP = """\
/love N  /like N  /no N  /seen N   say what you think of card N
/undo                             take the last one back
/profile                          what is believed about you, and why
/drop N                           remove belief N
/dial 0..100                      familiar … surprising
/new                              start a new conversation
/quit                             leave
"""


def run(catalogue: str | None, data_dir: Path | None, llm: str | None) -> None:
    """Talk until end of input or /quit."""
    settings = settings_of(data_dir, catalogue, llm)
    with progress() as report:
        assistant = Assistant.open(settings=settings, progress=report)
    with assistant:
        Terminal(assistant).run()


class Terminal:
    """One terminal conversation."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._session = assistant.create_session(channel="terminal", user="terminal").id
        self._cards: tuple[Card, ...] = ()
        self._feedback: list[str] = []
        self._language: Language = "en"

    def run(self) -> None:
        """Read lines until the end."""
        interactive = sys.stdin.isatty()
        catalogue = self._assistant.catalogue()
        words = {key: catalogue.schema.noun.get("en", "") for key in ("noun", "noun_bare")}
        pages = self._assistant.engine().knowledge
        if pages is not None and not len(catalogue):
            hello = say("greet.support", "en", topics=listed(pages.topics("en"), "en"))
        else:
            hello = say("greet", "en", **words)
        note(hello + "  (/help for commands)")
        while True:
            try:
                line = input("› " if interactive else "")
            except EOFError:
                break
            except KeyboardInterrupt:
                typer.echo()
                break
            if not interactive:
                typer.echo(f"› {line}")
            if line.strip() in ("/quit", "/exit"):
                break
            try:
                self._line(line)
            except SommelierError as error:
                typer.echo(str(error))

    def _line(self, line: str) -> None:
        if line.startswith("/"):
            self._command(line[1:].split())
            return
        for event in self._assistant.stream(line, self._session):
            if isinstance(event, Items):
                self._cards = event.cards
                typer.echo(self._listing(event.cards))
            elif isinstance(event, TextDelta):
                typer.echo(event.text, nl=False)
                sys.stdout.flush()
            elif isinstance(event, Done):
                self._language = event.reply.language
                if event.reply.degraded:
                    typer.echo(f"\n({event.reply.degraded})", nl=False)
        typer.echo("\n")

    def _command(self, words: Sequence[str]) -> None:
        verdicts = {"love": "love", "like": "like", "no": "dislike", "seen": "seen"}
        match list(words):
            case [("love" | "like" | "no" | "seen") as verdict, number]:
                card = self._cards[_number(number, len(self._cards)) - 1]
                entry = self._assistant.feedback(
                    self._session,
                    card.id,
                    verdicts[verdict],  # type: ignore[arg-type]
                )
                self._feedback.append(entry.id)
                typer.echo(f"{card.title}: {verdicts[verdict]}")
            case ["undo"] if self._feedback:
                self._assistant.undo(self._session, self._feedback.pop())
                typer.echo("taken back")
            case ["profile"]:
                self._profile(self._assistant.session(self._session).profile)
            case ["drop", number]:
                known = self._assistant.session(self._session).profile.preferences
                key = known[_number(number, len(known)) - 1].key
                self._profile(self._assistant.edit_profile(self._session, remove=key))
            case ["dial", value] if value.isdigit():
                self._assistant.set_surprise(self._session, int(value) / 100)
                self._again()
            case ["new"]:
                fresh = self._assistant.create_session(
                    channel="terminal", user="terminal", session_id=new_id()
                )
                self._session, self._cards, self._feedback = fresh.id, (), []
            case _:
                typer.echo(_HELP)

    def _again(self) -> None:
        reply = self._assistant.refresh(self._session)
        self._cards = reply.cards
        typer.echo(self._listing(reply.cards))

    def _profile(self, profile: Profile) -> None:
        catalogue = self._assistant.catalogue()
        for number, p in enumerate(profile.preferences, 1):
            shown = belief(p, catalogue, self._language)
            typer.echo(f"{number}. {p.stance}: {shown}  “{p.source}”")
        if not profile.preferences:
            typer.echo("nothing yet")

    def _listing(self, cards: Sequence[Card]) -> str:
        catalogue = self._assistant.catalogue()
        session = self._assistant.session(self._session)
        language = session.language or self._language
        return "\n".join(
            line
            for number, card in enumerate(cards, 1)
            for line in card_lines(number, card, catalogue, language)
        )


def card_lines(number: int, card: Card, catalogue: Catalogue, language: Language) -> list[str]:
    """A card in the terminal: title, facts, reasons."""
    from chatbot.answers import facts_line

    item = catalogue[card.id]
    title = card.title
    if language == "zh" and item.text("title_zh"):
        title = f"{item.text('title_zh')} · {card.title}"
    lines = [f"{number}. {title}  ({facts_line(item, catalogue.schema, language)})"]
    lines.extend(f"   · {reason.text}" for reason in card.reasons)
    return lines


def _number(text: str, most: int) -> int:
    from chatbot.errors import InputError

    if not text.isdigit() or not 1 <= int(text) <= most:
        raise InputError(f"say a number from 1 to {most}." if most else "there is nothing yet.")
    return int(text)
