"""What the database promises when things go wrong: kills, full disks, damage, newer releases."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from chatbot.errors import StorageError
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from chatbot.storage.sessions import Feedback, StoredSessions
from chatbot.storage.tables import catalogues, meta
from chatbot.values import Reply, Session, Turn, Understanding
from retrieval.items import Item
from retrieval.schema import Schema

ROOT = Path(__file__).parents[3]

WRITES = """
import sys
from pathlib import Path
from chatbot.storage.database import Database
from chatbot.storage.sessions import Impression, StoredSessions
from chatbot.values import Reply, Session, Turn, Understanding
store = StoredSessions(Database.open(Path(sys.argv[1])))
store.create(Session("s", "films"))
number = 0
while True:
    number += 1
    reply = Reply("r", "s", number, "x", "chat")
    turn = Turn(number, "text " * 200, Understanding("recommend"), reply)
    store.save(Session("s", "films", shown=(str(number),)), turn, [Impression("a", 0)])
    print(number, flush=True)
"""


def kill_while_writing(script: str, *arguments: str, lines: int) -> int:
    """Kill a child after it has printed some lines; returns the last number it acknowledged."""
    child = subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert child.stdout is not None
    with child.stdout as stream:
        acknowledged = 0
        for line in stream:
            acknowledged = int(line)
            if acknowledged >= lines:
                break
        child.send_signal(signal.SIGKILL)
        # What was still in the pipe had been acknowledged too.
        acknowledged = max([acknowledged, *(int(rest) for rest in stream if rest.strip())])
    assert child.wait() == -signal.SIGKILL
    return acknowledged


@pytest.mark.parametrize("lines", [1, 7, 40])
def test_nothing_acknowledged_is_lost_by_a_kill(tmp_path: Path, lines: int):
    path = tmp_path / "s.db"
    acknowledged = kill_while_writing(WRITES, str(path), lines=lines)
    database = Database.open(path)
    found = StoredSessions(database).get("s", turns=100_000)
    numbers = [turn.number for turn in found.turns]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) in (acknowledged, acknowledged + 1)
    assert found.shown == (str(numbers[-1]),)  # state and turn were saved together
    with database.read() as c:
        assert c.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    database.close()


def test_a_full_disk_changes_nothing_and_says_so(tmp_path: Path):
    database = Database.open(tmp_path / "s.db")
    store = CatalogueStore(database)
    store.save("films", Schema({}), [Item("a", "A")])

    def small(connection, _record):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 2}")

    sa.event.listen(database.engine, "connect", small)
    database.engine.dispose()
    big = (Item(str(n), "x" * 900) for n in range(5000))
    with pytest.raises(StorageError, match=r"full.*Free some disk space"):
        store.save("films", Schema({}), big)
    assert [i.id for i in store.load("films").items] == ["a"]
    database.close()


def test_a_file_that_cannot_be_written(tmp_path: Path):
    path = tmp_path / "s.db"
    Database.open(path).close()
    database = Database.open(f"sqlite:///file:{path}?mode=ro&uri=true")
    with pytest.raises(StorageError, match="writable"):
        StoredSessions(database).create(Session("s", "films"))
    assert StoredSessions(database).get("s") is None
    database.close()


def test_a_file_that_is_no_database(tmp_path: Path):
    path = tmp_path / "s.db"
    path.write_bytes(b"title,year\nAlien,1979\n" * 200)
    with pytest.raises(StorageError, match=r"not a database.*backup"):
        Database.open(path)
    assert path.read_bytes().startswith(b"title,year")  # left as it is


def test_a_damaged_file_is_named_as_such(tmp_path: Path):
    path = tmp_path / "s.db"
    database = Database.open(path)
    CatalogueStore(database).save(
        "films", Schema({}), [Item(str(n), "x" * 500) for n in range(999)]
    )
    database.forget()
    database.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 200_000)
    with pytest.raises(StorageError, match="backup"):
        database = Database.open(path)
        CatalogueStore(database).load("films")


def test_a_database_of_a_newer_release_is_not_touched(tmp_path: Path):
    path = tmp_path / "s.db"
    database = Database.open(path)
    with database.write() as c:
        c.execute(meta.update().where(meta.c.key == "schema_version").values(value="99"))
        catalogues.drop(c)
    database.close()
    with pytest.raises(StorageError, match=r"newer release.*Update"):
        Database.open(path)
    with sa.create_engine(f"sqlite:///{path}").connect() as c:
        assert "catalogues" not in sa.inspect(c).get_table_names()


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("sqlite:////nowhere/at/all/s.db", "cannot be opened"),
        ("nosuchkind://host/name", "address"),
        ("postgresql+nosuchdriver://u:secret@host/db", "address"),
    ],
)
def test_an_address_that_leads_nowhere(where: str, says: str):
    with pytest.raises(StorageError, match=says) as caught:
        Database.open(where)
    assert "secret" not in str(caught.value)


def test_a_folder_in_the_way(tmp_path: Path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="--data-dir"):
        Database.open(tmp_path / "file" / "s.db")
    with pytest.raises(StorageError, match="--data-dir"):
        Database.open(tmp_path)


def test_first_starts_at_the_same_time_agree(tmp_path: Path):
    path, errors, gate = tmp_path / "s.db", [], threading.Barrier(8)

    def start() -> None:
        gate.wait()
        try:
            Database.open(path).close()
        except StorageError as error:
            errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_writers_in_many_threads_wait_for_each_other(tmp_path: Path):
    database = Database.open(tmp_path / "s.db")
    store = StoredSessions(database)

    def write(n: int) -> None:
        for m in range(10):
            store.record(Feedback(f"{n}-{m}", "s", "films", 1, "a", "like"))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.feedback("s")) == 80
    database.close()


def test_erased_text_is_in_no_file(tmp_path: Path):
    database = Database.open(tmp_path / "s.db")
    store = StoredSessions(database)
    secret = "my-private-words-7391"
    for user in ("u", "v"):
        store.create(Session(user, "films", user=user))
        for number in range(1, 30):
            text = (secret if user == "u" else "other-persons-words") + " " + "x" * 3000
            turn = Turn(number, text, Understanding("chat"), Reply("r", user, number, text, "chat"))
            store.save(Session(user, "films", user=user), turn)
    assert holds(tmp_path, secret)  # the test can see what is written
    assert store.erase("u") == 1
    assert not holds(tmp_path, secret)
    assert holds(tmp_path, "other-persons-words")
    database.close()
    assert not holds(tmp_path, secret)


def test_erasing_says_when_a_reader_keeps_a_copy_alive(tmp_path: Path):
    database = Database.open(tmp_path / "s.db")
    sa.event.listen(database.engine, "connect", lambda c, _: c.execute("PRAGMA busy_timeout=1"))
    database.engine.dispose()
    store = StoredSessions(database)
    store.create(Session("s", "films", user="u"))
    reader = Database.open(tmp_path / "s.db")
    with reader.read() as c:
        c.execute(sa.select(meta)).fetchall()
        with pytest.raises(StorageError, match="Erase again"):
            store.erase("u")
    assert store.erase("u") == 0  # now the log is gone
    assert store.get("s") is None
    reader.close()
    database.close()


def holds(folder: Path, text: str) -> bool:
    return any(text.encode() in file.read_bytes() for file in folder.iterdir())


def test_a_bug_is_not_called_a_broken_database(tmp_path: Path):
    database = Database.open(tmp_path / "s.db")
    with pytest.raises(sa.exc.IntegrityError), database.write() as c:
        c.execute(meta.insert().values(key="schema_version", value="1"))
    with pytest.raises(sa.exc.OperationalError), database.read() as c:
        c.exec_driver_sql("SELECT * FROM nothing")
    database.close()
