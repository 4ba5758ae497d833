"""Continuous batching: many requests share one model; each joins and leaves at any step.

Knows tokens, not text. One thread works while there are requests and ends with the last of them,
so an idle engine holds no thread. Every step runs at most one piece of the waiting prompts and then
one token (or one run of tokens forced by a grammar) of every request under way; first come, first
served. Requests never share state: own row, own matcher, own random numbers.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from chatbot.models.errors import ModelBusyError, ModelError
from chatbot.models.grammar import forbid
from chatbot.models.prefixes import Prefixes
from chatbot.models.slots import Runner, Work

Reason = Literal["stop", "length", "cancelled", "deadline", "error"]

_NARROW = 8
"""Up to this many tokens a request runs beside those that generate; wider pieces run apart."""

_GROUP = 8
"""Most prompts that are read in one forward pass."""

_TOP = 64
"""Sampling with a temperature chooses among this many of the likeliest tokens."""

_RECOVERY = 200
"""Steps without running out of memory after which one more request is let in."""


@dataclass(frozen=True, slots=True)
class End:
    """The last thing a request hears. `error` is set where `reason` is "error"."""

    reason: Reason
    error: Exception | None = None


Sink = Callable[["tuple[int, ...] | End"], None]
"""Called from the engine's thread with new tokens and at last one `End`; must neither block nor
raise."""


@dataclass(slots=True, eq=False)
class Request:
    """One completion. The engine reads everything and changes only `matcher` and `rng`.

    Attributes:
        prompt: at least one token.
        max_tokens: most tokens to generate.
        deadline: `time.monotonic()` seconds.
        sink: see `Sink`.
        cancel: the caller's; once set, the request leaves at the next step.
        abandoned: whether nobody listens any more; the request leaves at the next step.
        matcher: a grammar's matcher for this request alone, or None.
        temperature, top_p, rng: 0 is greedy; else `rng.random()` draws.
    """

    prompt: tuple[int, ...]
    max_tokens: int
    deadline: float
    sink: Sink
    cancel: threading.Event = field(default_factory=threading.Event)
    abandoned: bool = False
    matcher: Any = None
    temperature: float = 0.0
    top_p: float = 1.0
    rng: Any = None


@dataclass(slots=True, eq=False)
class _Row:
    """A request under way: all its tokens, and how many of them the runner has seen."""

    number: int
    request: Request
    tokens: list[int]
    seen: int = 0
    begun: float = 0.0

    @property
    def made(self) -> int:
        return len(self.tokens) - len(self.request.prompt)

    @property
    def pending(self) -> int:
        return len(self.tokens) - self.seen


class Engine:
    """Runs requests on one model.

    Args:
        runner: see `chatbot.models.slots`.
        eos: token ids that end a completion.
        max_rows: most requests under way at once.
        max_waiting: most requests waiting beyond those; more are refused.
        max_length: positions the model has.
        chunk: most prompt tokens run in one step.
    """

    def __init__(
        self,
        runner: Runner,
        *,
        eos: Sequence[int],
        max_rows: int = 8,
        max_waiting: int = 64,
        max_length: int = 8192,
        chunk: int = 1024,
    ) -> None:
        self._runner = runner
        self._eos = frozenset(eos)
        self._max_rows = self._limit = max_rows
        self._max_waiting = max_waiting
        self._max_length = max_length
        self._chunk = chunk
        self._prefixes = Prefixes(runner)
        self._waiting: deque[_Row] = deque()
        self._rows: list[_Row] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._number = 0
        self._calm = 0
        self._seconds = 1.0
        # A thread inside torch when the interpreter ends would bring the process down.
        atexit.register(self.close)
        self._counts = {"requests": 0, "tokens": 0, "steps": 0, "prefix_tokens": 0, "shrunk": 0}

    @property
    def counts(self) -> Mapping[str, int]:
        """Totals: requests, generated tokens, steps, prompt tokens not recomputed, shrinkings."""
        return dict(self._counts)

    def submit(self, request: Request) -> None:
        """Take a request; its sink hears of it from now on.

        Raises:
            ModelBusyError: too many wait.
            ModelError: closed, or the prompt leaves no room for an answer.
        """
        if len(request.prompt) + 1 > self._max_length:
            raise ModelError(
                f"the conversation is too long for the model ({len(request.prompt)} of "
                f"{self._max_length} tokens)."
            )
        with self._lock:
            if self._closed:
                raise ModelError("the language model has been closed.")
            ahead = len(self._waiting) + len(self._rows)
            if ahead >= self._max_waiting + self._limit:
                raise ModelBusyError(self._seconds * ahead / max(1, self._limit))
            self._number += 1
            self._counts["requests"] += 1
            self._waiting.append(_Row(self._number, request, list(request.prompt)))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="sommelier-model")
                self._thread.daemon = True  # a stuck driver must not keep the process alive
                self._thread.start()

    def close(self) -> None:
        """Cancel everything, wait for the thread to end, free the memory."""
        atexit.unregister(self.close)
        with self._lock:
            self._closed = True
            thread = self._thread
            for row in (*self._waiting, *self._rows):
                row.request.abandoned = True
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        self._prefixes.clear()
        self._runner.reset()

    # What follows runs in the engine's thread.

    def _work(self) -> None:
        import torch

        try:
            with torch.inference_mode():
                while self._next():
                    self._step()
        except Exception as error:  # the thread's outermost edge: whoever waits has to hear of it
            self._fail(error)

    def _next(self) -> bool:
        """Let finished requests go and waiting ones in; False when the thread may end."""
        for row in list(self._rows):
            self._leave_if_over(row)
        with self._lock:
            while self._waiting and len(self._rows) < self._limit:
                row = self._waiting.popleft()
                row.begun = row.begun or time.monotonic()
                self._rows.append(row)
            if not self._rows:
                self._thread = None
                return False
            waiting = list(self._waiting)
        for row in waiting:
            self._leave_if_over(row)
        return True

    def _leave_if_over(self, row: _Row) -> None:
        if row.request.abandoned or row.request.cancel.is_set():
            self._leave(row, End("cancelled"))
        elif time.monotonic() > row.request.deadline:
            self._leave(row, End("deadline"))

    def _leave(self, row: _Row, end: End) -> None:
        with self._lock:
            if row in self._rows:
                self._rows.remove(row)
            elif row in self._waiting:
                self._waiting.remove(row)
            else:
                return
        self._runner.release(row.number)
        if row.begun:
            self._seconds += 0.2 * (time.monotonic() - row.begun - self._seconds)
        row.request.sink(end)

    def _step(self) -> None:
        wide = [r for r in self._rows if r.pending > _NARROW][:_GROUP]
        try:
            for row in wide:
                if row.seen == 0:
                    row.seen = self._prefixes.restore(row.number, row.tokens)
                    self._counts["prefix_tokens"] += row.seen
            self._run(wide, max(_NARROW, self._chunk // max(1, len(wide))))
            self._run([r for r in self._rows if 0 < r.pending <= _NARROW], _NARROW)
        except RuntimeError as error:
            if not out_of_memory(error):
                raise
            self._shrink()
            return
        self._counts["steps"] += 1
        self._calm += 1
        if self._calm >= _RECOVERY and self._limit < self._max_rows:
            self._limit, self._calm = self._limit + 1, 0

    def _run(self, rows: list[_Row], width: int) -> None:
        if not rows:
            return
        work = [Work(r.number, r.seen, r.tokens[r.seen : r.seen + width]) for r in rows]
        logits = self._runner.run(work)
        done = []
        for i, (row, piece) in enumerate(zip(rows, work, strict=True)):
            before, row.seen = row.seen, row.seen + len(piece.tokens)
            if row.pending == 0:
                done.append(i)
                if before < len(row.request.prompt):
                    self._prefixes.learn(row.number, row.request.prompt)
        if done:
            chosen = self._choose(logits[done], [rows[i].request for i in done])
            for i, token in zip(done, chosen, strict=True):
                self._take(rows[i], token)

    def _choose(self, logits: Any, requests: list[Request]) -> list[int]:
        logits = forbid(logits.float(), [r.matcher for r in requests])
        chosen: list[int] = logits.argmax(dim=-1).tolist()
        warm = [i for i, r in enumerate(requests) if r.temperature > 0 and r.rng is not None]
        if warm:
            values, tokens = logits[warm].topk(min(_TOP, logits.shape[1]), dim=-1)
            for i, scores, ids in zip(warm, values.tolist(), tokens.tolist(), strict=True):
                chosen[i] = ids[_draw(scores, requests[i])]
        return chosen

    def _take(self, row: _Row, token: int) -> None:
        """Add a chosen token and, under a grammar, those that it leaves no choice about."""
        request = row.request
        if token in self._eos:
            self._leave(row, End("stop"))
            return
        new = [token]
        if request.matcher is not None:
            request.matcher.consume_token(token)
            forced = request.matcher.compute_ff_tokens()
            if forced and request.matcher.consume_tokens(forced):
                new.extend(forced)
        row.tokens.extend(new)
        self._counts["tokens"] += len(new)
        request.sink(tuple(new))
        if request.matcher is not None and request.matcher.is_stopped():
            self._leave(row, End("stop"))
        elif row.made >= request.max_tokens or len(row.tokens) + _NARROW >= self._max_length:
            self._leave(row, End("length"))

    def _shrink(self) -> None:
        """Out of memory: free everything, halve the batch, and compute the rows kept anew."""
        from chatbot.models.memory import release_cached

        self._counts["shrunk"] += 1
        self._calm = 0
        self._prefixes.clear()
        self._runner.reset()
        release_cached()
        if len(self._rows) == 1:
            error = ModelError(
                "there is not enough memory for this conversation.",
                hint="Use a smaller model, 4-bit weights or a shorter context.",
            )
            self._leave(self._rows[0], End("error", error))
            return
        with self._lock:
            self._limit = max(1, len(self._rows) // 2)
            for row in self._rows:
                row.seen = 0
            self._waiting.extendleft(reversed(self._rows[self._limit :]))
            del self._rows[self._limit :]

    def _fail(self, error: Exception) -> None:
        with self._lock:
            rows = [*self._rows, *self._waiting]
            self._rows.clear()
            self._waiting.clear()
            self._thread = None
        self._prefixes.clear()
        self._runner.reset()
        for row in rows:
            row.request.sink(End("error", error))


def out_of_memory(error: RuntimeError) -> bool:
    """Whether torch ran out of memory, on a GPU or (where it is a plain RuntimeError) on a CPU."""
    import torch

    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def _draw(scores: list[float], request: Request) -> int:
    """Index into `scores` (descending) drawn by temperature and top_p."""
    import math

    weights = [math.exp((s - scores[0]) / request.temperature) for s in scores]
    total = sum(weights)
    kept, mass = 0, 0.0
    while kept < len(weights) and mass < request.top_p * total:
        mass += weights[kept]
        kept += 1
    point = float(request.rng.random()) * mass
    for i in range(kept):
        point -= weights[i]
        if point < 0:
            return i
    return 0
