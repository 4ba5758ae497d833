"""What goes wrong with language models, in one vocabulary. Foreign errors are translated once."""

from __future__ import annotations

from chatbot.errors import SommelierError


class ModelError(SommelierError):
    """A model did not do what it was asked.

    Attributes:
        retryable: whether the same request may work in a moment.
    """

    status = 503
    code = "model-unavailable"

    def __init__(self, message: str, *, hint: str = "", retryable: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable


class ModelBusyError(ModelError):
    """Too many requests wait already. `retry_after` is in seconds."""

    status = 429
    code = "model-busy"

    def __init__(self, retry_after: float) -> None:
        super().__init__(
            "the language model has too many requests waiting.",
            hint=f"Try again in {max(1, round(retry_after))} s.",
            retryable=True,
        )
        self.retry_after = retry_after


class ModelTimeoutError(ModelError):
    """The deadline passed before the model was done."""

    code = "model-timeout"

    def __init__(self, message: str = "the language model did not answer in time.") -> None:
        super().__init__(message, retryable=True)


class ModelCancelledError(ModelError):
    """The request was cancelled by whoever made it."""

    code = "cancelled"

    def __init__(self) -> None:
        super().__init__("the request was cancelled.")


class ModelLoadError(ModelError):
    """The model cannot be loaded: missing, damaged, too large. Says what to do."""

    code = "model-not-loaded"


class SpecError(SommelierError):
    """`--llm` (or SOMMELIER_LLM) does not name a language model. A usage error."""

    status = 422
    code = "invalid-input"
