"""One SQLAlchemy engine and the tables of Sommelier. SQLite in WAL mode unless a URL says else.

A commit that returned is on disk (`synchronous=FULL`): nothing acknowledged is lost, also when
the process is killed right after.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, OperationalError

from chatbot.errors import StorageError
from chatbot.storage.tables import meta, metadata

SCHEMA_VERSION = 1

_BUGS = ("no such table", "no such column", "syntax error")
_VERSION_KEY = "schema_version"


class Database:
    """An open database. Create with `Database.open`; safe to share between threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, where: Path | str) -> Database:
        """Open or create the database at a path, or at a URL such as `postgresql+psycopg://…`.

        Raises:
            StorageError: it cannot be opened, is not a database, or is from a newer release.
        """
        url = where if isinstance(where, str) and "://" in where else f"sqlite:///{where}"
        try:
            if isinstance(where, Path):
                where.parent.mkdir(parents=True, exist_ok=True)
            engine = sa.create_engine(url, connect_args=_connect_args(url))
            if engine.dialect.name == "sqlite":
                sa.event.listen(engine, "connect", _pragmas)
                sa.event.listen(engine, "begin", _begin_immediate)
            database = cls(engine)
            if not database._ready():
                database._create()
        except sa.exc.ArgumentError as error:
            raise StorageError(
                f"the database address cannot be read: {_first_line(error)}.",
                hint="It looks like sqlite:////path/file.db or postgresql+psycopg://host/name.",
            ) from error
        except ImportError as error:
            raise StorageError(
                f"the database needs a driver that is not installed: {error.name}.",
                hint=f"Install it: pip install {error.name}.",
            ) from error
        except (DatabaseError, OSError) as error:
            raise StorageError(
                f"the database {_shown(where)} cannot be opened: {_first_line(error)}.",
                hint=_remedy(error)
                or "Check the path, its permissions and free disk space, "
                "or choose another place with --data-dir.",
            ) from error
        return database

    def _ready(self) -> bool:
        """Whether all tables are there; nothing of a newer release's database is touched."""
        with self.engine.connect() as connection:
            present = set(sa.inspect(connection).get_table_names())
            if meta.name not in present:
                return False
            version = connection.execute(
                sa.select(meta.c.value).where(meta.c.key == _VERSION_KEY)
            ).scalar()
        if version is not None and (not version.isdigit() or int(version) > SCHEMA_VERSION):
            raise StorageError(
                f"the database was written by a newer release (schema {version[:20]}).",
                hint="Update Sommelier, or choose another --data-dir.",
            )
        return version is not None and present >= set(metadata.tables)

    def _create(self) -> None:
        """Create what is missing, in one transaction: two first starts do not get in each
        other's way.
        """
        with self.write() as connection:
            metadata.create_all(connection)
            version = connection.execute(
                sa.select(meta.c.value).where(meta.c.key == _VERSION_KEY)
            ).scalar()
            if version is None:
                connection.execute(
                    meta.insert().values(key=_VERSION_KEY, value=str(SCHEMA_VERSION))
                )

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for reading."""
        with self._translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction: committed on a clean exit, rolled back on any error.

        Raises:
            StorageError: the disk is full, the file is read-only, the server is gone.
        """
        writer = self.engine.execution_options(writes=True)
        with self._translated(), writer.begin() as connection:
            yield connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            # Broken constraints and wrong SQL are bugs: they are not relabelled.
            if not isinstance(error, OperationalError) and type(error) is not DatabaseError:
                raise
            if any(sign in str(error.orig) for sign in _BUGS):
                raise
            raise StorageError(
                f"the database did not answer: {_first_line(error)}.",
                hint=_remedy(error)
                or "Nothing was changed. Check free disk space and that the server is up.",
            ) from error

    def forget(self) -> None:
        """Fold the write-ahead log into the file, so that erased text is not left in it.

        Raises:
            StorageError: another process keeps reading old pages; erase again later.
        """
        if self.engine.dialect.name != "sqlite":
            return
        with self._translated(), self.engine.connect() as connection:
            raw = connection.connection.driver_connection
            if raw is None:
                return
            busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StorageError(
                "the data is erased, but another process still reads an older state of the file.",
                hint="Erase again when it has finished, so that no copy stays in the log.",
            )

    @property
    def folder(self) -> Path | None:
        """The folder of a SQLite file; None for a server or a database in memory."""
        file = self.engine.url.database
        if self.engine.dialect.name != "sqlite" or not file or file == ":memory:":
            return None
        return Path(file).parent

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _connect_args(url: str) -> dict[str, object]:
    return {"timeout": 30} if url.startswith("sqlite") else {}


def _pragmas(connection: object, _record: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # we emit BEGIN ourselves
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")  # what is erased does not stay in free pages
    cursor.close()


def _begin_immediate(connection: sa.Connection) -> None:
    # Taking the write lock at once turns a would-be deadlock of two upgraders into a wait.
    connection.exec_driver_sql(
        "BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN"
    )


def _shown(where: Path | str) -> str:
    """The place without a password."""
    if isinstance(where, Path) or "://" not in where:
        return str(where)
    return sa.make_url(where).render_as_string(hide_password=True)


def _remedy(error: Exception) -> str:
    """What to do, where the cause is known; "" elsewhere."""
    text = str(getattr(error, "orig", None) or error).casefold()
    for sign, remedy in (
        ("disk is full", "Nothing was changed. Free some disk space and try again."),
        ("readonly", "Nothing was changed. Make the file and its folder writable."),
        ("locked", "Nothing was changed. Another process is writing for long; try again."),
        ("malformed", "The file is damaged. Restore a backup, or move it away to start anew."),
        ("not a database", "The file is something else or damaged. Restore a backup, or move "
         "it away to start anew."),
    ):  # fmt: skip
        if sign in text:
            return remedy
    return ""


def _first_line(error: Exception) -> str:
    origin = getattr(error, "orig", None) or error
    return str(origin).splitlines()[0] if str(origin) else type(origin).__name__
