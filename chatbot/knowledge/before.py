"""What the help pages were asked, and answered, earlier in a conversation."""

from __future__ import annotations

from chatbot.knowledge.cues import may_follow
from chatbot.values import Session, Turn


def former(session: Session) -> tuple[str, frozenset[str]] | None:
    """(the last question that the help pages answered, made whole; ids of the passages cited)."""
    chain: list[str] = []
    cited: frozenset[str] = frozenset()
    for turn in reversed(session.turns[-4:]):
        if turn.reply.action != "support" or not turn.reply.citations:
            break
        if not cited:
            cited = frozenset(c.passage for c in turn.reply.citations)
        chain.insert(0, turn.text.strip())
        if not may_follow(turn.text):
            break
    return (" ".join(chain)[-300:], cited) if chain else None


def misses(turns: tuple[Turn, ...]) -> int:
    """How many of the last turns in a row found no answer in the help pages."""
    count = 0
    for turn in reversed(turns):
        if turn.reply.action != "support" or turn.reply.citations:
            break
        count += 1
    return count
