"""File locks between processes. The system lets go of them when a process dies."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Busy(OSError):
    """Another process holds the lock."""


class Held:
    """A lock on an open file, let go of when closed, collected, or the process ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def close(self) -> None:
        """Let go; a second time does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()


def held(path: Path, *, shared: bool = False) -> Held:
    """Lock `path` (made if absent) now.

    Raises:
        Busy: another process holds it in a way that excludes this one.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(descriptor, shared)
    except OSError as error:
        os.close(descriptor)
        raise Busy(f"{path} is held by another process") from error
    return Held(descriptor)


@contextmanager
def exclusive(path: Path, timeout: float) -> Iterator[None]:
    """Hold `path` alone, waiting up to `timeout` seconds for whoever has it.

    Raises:
        Busy: it was not free in time.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            lock = held(path)
            break
        except Busy:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.05)
    try:
        yield
    finally:
        lock.close()


def _lock(descriptor: int, shared: bool) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: bytes of a file are locked, and only for one
        import msvcrt

        if not shared:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        return
    fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
