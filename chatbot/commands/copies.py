"""`backup` and `restore`: copies of the database."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import typer

from chatbot.commands.console import note, settings_of
from chatbot.errors import InputError, StorageError
from chatbot.storage.database import Database


def backup(target: Path, data_dir: Path | None) -> None:
    """Copy the database into `target`; safe while others write.

    Raises:
        InputError: the target exists, or the database is not SQLite.
    """
    where = _file(data_dir)
    if target.exists():
        raise InputError(f"{target} exists already.", hint="Choose a new file name.")
    partial = target.with_name(target.name + ".part")
    Database.open(where).close()  # creates or checks it, with a clear error
    try:
        with sqlite3.connect(where) as source, sqlite3.connect(partial) as copy:
            source.backup(copy)
        partial.replace(target)
    except (sqlite3.Error, OSError) as error:
        partial.unlink(missing_ok=True)
        raise StorageError(f"the backup could not be written: {error}.") from error
    note(f"Backed up {where} to {target}.")


def restore(source: Path, yes: bool, data_dir: Path | None) -> None:
    """Put `source` in place of the database; the former file is kept beside it.

    Raises:
        InputError: there is no such file.
        StorageError: it is not a database of ours; nothing was changed.
    """
    where = _file(data_dir)
    if not source.is_file():
        raise InputError(f"{source} does not exist.")
    if not yes:
        typer.confirm(f"Replace {where} by {source}? Stop the server first.", abort=True)
    where.parent.mkdir(parents=True, exist_ok=True)
    staged = where.with_name(where.name + ".restoring")
    try:
        with sqlite3.connect(source) as given, sqlite3.connect(staged) as copy:
            given.backup(copy)
    except sqlite3.Error as error:
        staged.unlink(missing_ok=True)
        raise StorageError(f"{source} is not a database: {error}. Nothing was changed.") from error
    Database.open(staged).close()
    kept = where.with_name(f"{where.name}.before-{int(time.time())}")
    for suffix in ("-wal", "-shm"):
        Path(f"{staged}{suffix}").unlink(missing_ok=True)
    if where.exists():
        with sqlite3.connect(where) as old:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        where.replace(kept)
        for suffix in ("-wal", "-shm"):
            Path(f"{where}{suffix}").unlink(missing_ok=True)
        note(f"The former database is kept as {kept}.")
    staged.replace(where)
    note(f"Restored {source}. Indexes are rebuilt at the next start.")


def _file(data_dir: Path | None) -> Path:
    where = settings_of(data_dir).database_where
    if isinstance(where, str):
        raise InputError(
            "backup and restore here are for SQLite.",
            hint="Use your database server's own tools for the URL in SOMMELIER_DATABASE.",
        )
    return where
