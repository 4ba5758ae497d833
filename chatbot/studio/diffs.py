"""What changed between two versions of a draft, sentence by sentence."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from chatbot.studio.draft import Draft, plain


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a diff: "same", "gone" or "new"."""

    kind: str
    text: str


def difference(old: Draft, new: Draft) -> tuple[Line, ...]:
    """Sentences that are the same, gone and new, in reading order."""
    before = [plain(old.title), *(plain(s.text) for _, _, s in old.sentences())]
    after = [plain(new.title), *(plain(s.text) for _, _, s in new.sentences())]
    found: list[Line] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            found.extend(Line("same", t) for t in before[a:b])
        else:
            found.extend(Line("gone", t) for t in before[a:b])
            found.extend(Line("new", t) for t in after[c:d])
    return tuple(found)
