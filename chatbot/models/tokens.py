"""Between messages and token ids: the chat template on the way in, streamed text on the way out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_JOINER = "\u2060"
"""Word joiner: invisible, of no width, and enough to break the spelling of a control token."""

_STRUCTURAL = re.compile(r"[<>\[\]|｜]")


class ChatTokens:
    """The chat template of one tokenizer. What people wrote can never become a control token."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        tokens = {str(t) for t in tokenizer.added_tokens_decoder.values()}
        tokens |= set(tokenizer.all_special_tokens)
        # Plain words and runs of space that some vocabularies add are no structure.
        named = sorted((t for t in tokens if _STRUCTURAL.search(t)), key=len, reverse=True)
        self._control = re.compile("|".join(map(re.escape, named))) if named else None

    def inert(self, text: str) -> str:
        """`text` in which no control token of this tokenizer is spelled out."""
        if self._control is None:
            return text
        while self._control.search(text):
            text = self._control.sub(lambda m: m[0][0] + _JOINER + m[0][1:], text)
        return text

    def prompt(self, messages: Sequence[Mapping[str, Any]]) -> tuple[int, ...]:
        """Ids of the conversation up to where the assistant speaks next.

        Templates without a system or tool role get that text as the user's.
        """
        from jinja2.exceptions import TemplateError

        clean = [{**m, "content": self.inert(str(m.get("content", "")))} for m in messages]
        try:
            text = self._render(clean)
        except TemplateError:
            text = self._render(_plain(clean))
        ids = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return tuple(int(i) for i in ids)

    def _render(self, messages: Sequence[Mapping[str, Any]]) -> str:
        return str(
            self._tokenizer.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
            )
        )

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids, control tokens left out."""
        return str(self._tokenizer.decode(ids, skip_special_tokens=True))


def _plain(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The conversation with user and assistant turns only, taking turns."""
    out: list[dict[str, Any]] = []
    for message in messages:
        role = "assistant" if message["role"] == "assistant" else "user"
        if out and out[-1]["role"] == role:
            out[-1]["content"] += "\n\n" + message["content"]
        else:
            out.append({"role": role, "content": message["content"]})
    return out


class Unrolled:
    """Turns a growing list of ids into text pieces; half a character waits for its other half.

    Stop strings end the text before them; a beginning of one is held back until it is decided.
    """

    def __init__(self, tokens: ChatTokens, stop: Sequence[str] = ()) -> None:
        self._tokens = tokens
        self._stop = [s for s in stop if s]
        self._ids: list[int] = []
        self._from = 0  # decoding starts here: far enough back for spaces to come out right
        self._done = 0  # ids whose text has been taken
        self._held = ""
        self.stopped = False

    def add(self, ids: Sequence[int], *, last: bool = False) -> str:
        """The text that is certain after `ids`; with `last`, all that is left."""
        if self.stopped:
            return ""
        self._ids.extend(ids)
        before = self._tokens.decode(self._ids[self._from : self._done])
        after = self._tokens.decode(self._ids[self._from :])
        new = ""
        if len(after) > len(before) and (last or not after.endswith("\ufffd")):
            new = after[len(before) :]
            self._from, self._done = self._done, len(self._ids)
        text = self._held + new
        cuts = [at for s in self._stop if (at := text.find(s)) >= 0]
        if cuts:
            self.stopped, self._held = True, ""
            return text[: min(cuts)]
        keep = 0 if last else max((_overlap(text, s) for s in self._stop), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that `stop` begins with."""
    return next(
        (n for n in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:n])), 0
    )
