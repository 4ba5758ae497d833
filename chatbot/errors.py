"""Errors meant for people: each says what is wrong and what to do. Bugs are never relabelled."""

from __future__ import annotations


class SommelierError(Exception):
    """Something the user or operator can act on. `str(error)` is one line for people."""

    status = 400
    code = "bad-request"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message = message
        self.hint = hint


class InputError(SommelierError):
    """The request itself is not acceptable: empty, too long, malformed."""

    status = 422
    code = "invalid-input"


class NotFoundError(SommelierError):
    """A catalogue, session or item that does not exist."""

    status = 404
    code = "not-found"


class BusyError(SommelierError):
    """Another turn of the same session, or another writer, is at work."""

    status = 409
    code = "busy"


class StorageError(SommelierError):
    """The database cannot be read or written."""

    status = 503
    code = "storage-unavailable"
