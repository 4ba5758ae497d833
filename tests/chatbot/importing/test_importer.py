"""An import is whole or absent, says what it did, and may be repeated."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chatbot.errors import InputError, NotFoundError, StorageError
from chatbot.importing.command import mapping_of, run_import
from chatbot.importing.importer import import_files
from chatbot.storage.catalogues import CatalogueStore, Interaction
from chatbot.storage.database import Database

ROOT = Path(__file__).parents[3]
FILMS = "id,title,genres,year\n1,Alien,Horror|Sci-Fi,1979\n2,活着,Drama,1994\n3,Up,Family,2009\n"


@pytest.fixture
def store(tmp_path: Path):
    database = Database.open(tmp_path / "data" / "s.db")
    yield CatalogueStore(database)
    database.close()


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def jsonl(path: Path, *rows: dict[str, object]) -> Path:
    return write(path, "".join(json.dumps(row) + "\n" for row in rows))


def test_a_first_import(store, tmp_path):
    report = import_files(store, [write(tmp_path / "films.csv", FILMS)], "films")
    assert (report.items.read, report.items.added, report.ok) == (3, 3, True)
    found = store.load("films")
    assert [(i.id, i.title) for i in found.items] == [("1", "Alien"), ("2", "活着"), ("3", "Up")]
    assert found["1"].facets == {"genre": ("Horror", "Sci-Fi"), "year": 1979.0}
    assert found.schema.noun["en"] == "film" and found.schema.verb["zh"] == "看"
    assert report.revision == store.revision("films")


def test_importing_again_adds_changes_and_leaves_alone(store, tmp_path):
    import_files(store, [write(tmp_path / "films.csv", FILMS)], "films")
    before = store.revision("films")
    report = import_files(store, [tmp_path / "films.csv"], "films")
    assert (report.items.unchanged, report.items.added, report.revision) == (3, 0, "")
    assert store.revision("films") == before  # no index is stale
    more = write(tmp_path / "more.csv", "id,title,year,mood\n3,Up,2010,happy\n4,Ran,1985,epic\n")
    report = import_files(store, [more], "films")
    assert (report.items.added, report.items.changed) == (1, 1)
    found = store.load("films")
    assert len(found) == 4 and found["3"].facets == {"year": 2010.0, "mood": ("happy",)}
    assert {"genre", "year", "mood"} <= set(found.schema.facets)  # extended, not lost


def test_a_dry_run_writes_nothing(store, tmp_path):
    report = import_files(store, [write(tmp_path / "f.csv", FILMS)], "films", dry_run=True)
    assert report.items.added == 3 and report.dry_run and report.revision == ""
    assert store.names() == ()
    assert "Dry run: nothing was written." in report.to_text()
    assert "3 would be added" in report.to_text()


def test_broken_rows_are_named_and_the_others_taken(store, tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text(
        '{"id": "1", "title": "Good", "price": 5}\n'
        '{"id": "2", "title": ""}\n'
        '{"title": "No id"}\n'
        "not json at all\n"
        '{"id": "5", "title": "Odd price", "price": "ask us"}\n'
        '{"id": "6", "title": "NaN", "price": NaN}\n'
        '{"id": "7", "title": "Huge", "price": 1e999}\n'
        '{"id": "8", "title": "Free", "price": "Free"}\n'
        '{"id": "1", "title": "Good, again", "price": 6}\n',
    )
    report = import_files(store, [path], "shop")
    kinds = {(p.line, p.field, p.kind) for p in report.problems}
    assert kinds == {
        (2, "title", "refused"),
        (3, "id", "refused"),
        (4, "", "refused"),
        (5, "price", "left out"),
        (7, "price", "left out"),
        (9, "id", "replaced"),
    }
    found = store.load("shop")
    prices = {i.id: i.get("price") for i in found.items}
    assert prices == {"1": 6.0, "5": None, "6": None, "7": None, "8": 0.0}
    assert found["1"].title == "Good, again"
    items = report.items
    assert (items.read, items.added, items.refused, items.left_out, items.replaced) == (
        9, 5, 3, 2, 1,
    )  # fmt: skip
    text = report.to_text()
    assert "x.jsonl, line 5, price: price should be a number, not 'ask us' (left out)" in text


def test_nothing_usable_changes_nothing(store, tmp_path):
    import_files(store, [write(tmp_path / "films.csv", FILMS)], "films")
    bad = write(tmp_path / "bad.csv", "id,title\n1,\n2,\n")
    report = import_files(store, [bad], "films")
    assert not report.ok and "Nothing was imported" in report.to_text()
    assert store.load("films")["1"].title == "Alien"
    with pytest.raises(InputError, match="no row that can be read"):
        import_files(store, [write(tmp_path / "x.jsonl", "{broken\n")], "films")


def test_hostile_text_is_inert(store, tmp_path):
    rows = (
        {"id": "a\u0000b", "title": "<script>alert(1)</script>", "tags": ["<img src=x>", "ok"]},
        {"id": "c", "title": "gnp.\u202etxt", "tags": ["ok"], "url": "javascript:alert(1)"},
        {"id": "d", "title": "half \ud800 pair", "tags": ["ok"], "url": "https://example.org/x"},
        {"id": "'; DROP TABLE items; --", "title": "=cmd|' /C calc'!A0", "tags": []},
        {"id": "e", "title": "x" * 5000},
        {"id": "f" * 300, "title": "long id"},
        {"id": "g", "title": "nested", "tags": [[["deep"]], {"name": "named"}]},
    )
    report = import_files(store, [jsonl(tmp_path / "x.jsonl", *rows)], "odd")
    found = {i.id: i for i in store.load("odd").items}
    assert found["ab"].title == "<script>alert(1)</script>"
    assert found["ab"].values("keyword") == ("<img src=x>", "ok")
    assert found["c"].title == "gnp.txt" and found["c"].get("url") is None
    assert found["d"].title == "half pair" and found["d"].get("url") == "https://example.org/x"
    assert found["'; DROP TABLE items; --"].title == "=cmd|' /C calc'!A0"
    assert found["g"].values("keyword") == ("[['deep']]", "named")
    assert report.items.refused == 2 and store.names() == ("odd",)


def test_records_that_invent_column_names(store, tmp_path):
    rows = ({"id": n, "title": f"t{n}", "color": "red blue".split()[n % 2], f"k{n}": n}
            for n in range(900))  # fmt: skip
    report = import_files(store, [jsonl(tmp_path / "x.jsonl", *rows)], "free")
    assert store.count("free") == 900 and len(report.columns) <= 300
    assert next(iter(store.schema("free").facets)) == "color"


def test_mixed_types_do_not_stop_anything(store, tmp_path):
    rows = [{"id": n, "title": f"t{n}", "year": 1990 + n, "genres": ["a"]} for n in range(20)]
    rows += [
        {"id": 20, "title": "t20", "year": "unknown", "genres": "a|b"},
        {"id": 21.0, "title": 21, "year": [1999], "genres": 7},
        {"id": True, "title": {"a": 1}, "year": {"from": 1}, "genres": None},
    ]
    import_files(store, [jsonl(tmp_path / "x.jsonl", *rows)], "mixed")
    found = {i.id: i for i in store.load("mixed").items}
    assert found["20"].facets == {"genre": ("a", "b")}
    assert found["21"].title == "21" and found["21"].values("genre") == ("7",)


def test_columns_can_be_named(store, tmp_path):
    path = write(tmp_path / "x.csv", "Code,Ware,Was kostet es\nA1,Zelt,99.50\nA2,Topf,15\n")
    report = import_files(
        store, [path], "shop", mapping={"id": "Code", "title": "Ware", "price": "Was kostet es"}
    )
    assert store.load("shop")["A1"].facets == {"price": 99.5}
    assert "id from column 'Code'; title from column 'Ware'" in report.to_text()
    with pytest.raises(InputError, match=r"no file has a column 'Nme'.*Columns: Code"):
        import_files(store, [path], "shop", mapping={"title": "Nme"})


def test_rows_without_ids_get_the_same_ones_every_time(store, tmp_path):
    text = "name,address\nStarbucks,1 Main St\nStarbucks,2 Side St\n海底捞,北京\n"
    path = write(tmp_path / "places.csv", text)
    import_files(store, [path], "places")
    ids = store.ids("places")
    assert ids[0] == "starbucks" and ids[1].startswith("starbucks-") and ids[2] == "海底捞"
    report = import_files(store, [path], "places")
    assert report.items.unchanged == 3 and store.ids("places") == ids


def test_a_table_without_titles_uses_the_beginning_of_its_prose(store, tmp_path):
    text = "id,description\n" + "".join(
        f'{n},"Wool sock {n} - <b>Warm</b> &amp; soft, for long walks in cold places.<br>Blue"\n'
        for n in range(9)
    )
    import_files(store, [write(tmp_path / "x.csv", text)], "shop")
    item = store.load("shop")["3"]
    assert item.title == "Wool sock 3"
    assert item.get("overview").endswith("Warm & soft, for long walks in cold places. Blue")


def test_an_operators_schema_wins(store, tmp_path):
    write(
        tmp_path / "schema.toml",
        'ignore = ["cost"]\n[noun]\nen = "gadget"\n'
        '[facets.size]\nkind = "category"\ncolumns = ["format"]\norder = ["small", "big"]\n',
    )
    path = write(tmp_path / "x.csv", "id,title,format,cost\n1,A,big,3\n2,B,small,4\n")
    import_files(store, [path], "gadgets")
    schema = store.schema("gadgets")
    assert schema.noun == {"en": "gadget"} and set(schema.facets) == {"size"}
    assert store.load("gadgets")["1"].values("size") == ("big",)
    own = write(tmp_path / "own.toml", "[facets.size]\nkindd = 1\n")
    with pytest.raises(InputError, match="unknown key 'kindd'"):
        import_files(store, [path], "gadgets", schema=own)
    (tmp_path / "schema.toml").unlink()
    import_files(store, [path], "gadgets")
    assert store.schema("gadgets").facets["size"].order == ("small", "big")


def test_deleting_and_replacing(store, tmp_path):
    path = write(tmp_path / "films.csv", FILMS)
    import_files(store, [path], "films")
    report = import_files(store, [], "films", delete=["1", "nothing"])
    assert report.items.deleted == 1 and report.ok and store.ids("films") == ("2", "3")
    assert [p.value for p in report.problems] == ["nothing"]
    small = write(tmp_path / "small.csv", "id,title\n3,Up\n9,Nine\n")
    report = import_files(store, [small], "films", replace_all=True)
    assert set(store.ids("films")) == {"3", "9"} and report.items.deleted == 1
    with pytest.raises(NotFoundError, match="no catalogue 'none'"):
        import_files(store, [], "none", delete=["1"])


@pytest.mark.parametrize("name", ["", "a b", "../x", "x" * 65, "-rf", "a/b"])
def test_names_that_are_no_names(store, tmp_path, name):
    with pytest.raises(InputError, match="cannot be the name"):
        import_files(store, [write(tmp_path / "f.csv", FILMS)], name)


def test_ratings_under_any_header(store, tmp_path):
    films = write(tmp_path / "films.csv", FILMS)
    ratings = write(
        tmp_path / "ratings.csv",
        "userId,movieId,rating,timestamp\nu1,1,4.5,964982703\nu1,2,3,2020-01-01\nu2,99,5,\n"
        "u2,3,good,1\n,3,5,1\nu2,3,2.0,1600000000000\n",
    )
    report = import_files(store, [films], "films", interactions=[ratings])
    assert list(store.interactions("films")) == [
        Interaction("u1", "1", 4.5, 964982703.0),
        Interaction("u1", "2", 3.0, 1577836800.0),
        Interaction("u2", "3", 2.0, 1600000000.0),
    ]
    part = report.interactions
    assert (part.read, part.added, part.refused, part.unknown) == (6, 3, 2, 1)
    implicit = write(tmp_path / "clicks.tsv", "visitor\tsku\nv\t1\n")
    with pytest.raises(InputError, match="no column for the user"):
        import_files(store, [], "films", interactions=[implicit])
    import_files(store, [], "films", interactions=[implicit], mapping={"user": "visitor"})
    assert Interaction("v", "1", 1.0) in list(store.interactions("films"))


def test_past_conversations(store, tmp_path):
    films = write(tmp_path / "films.csv", FILMS)
    talk = {
        "id": "d1",
        "messages": [
            {"role": "user", "content": "Something like Alien?\u0000", "items": ["1"]},
            {"role": "assistant", "content": "Try this", "items": ["3", "99"]},
        ],
        "liked": ["3"],
    }
    bad = [{"id": "d2"}, {"id": "d3", "messages": [{"role": "king", "content": "x"}]}, {"x": 1}]
    path = jsonl(tmp_path / "talks.jsonl", talk, *bad)
    report = import_files(store, [films], "films", dialogues=[path])
    (found,) = store.dialogues("films")
    assert found["messages"][0]["content"] == "Something like Alien?"
    assert found["messages"][1]["items"] == ["3"] and found["liked"] == ["3"]
    part = report.dialogues
    assert (part.read, part.added, part.refused, part.unknown) == (4, 1, 3, 1)
    with pytest.raises(InputError, match="--dialogues"):
        import_files(store, [path], "films")


IMPORT = """
import sys
from pathlib import Path
from chatbot.importing.importer import import_files
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database

def stop(what, done, total):
    if what.startswith(sys.argv[3]):
        print("here", flush=True)
        sys.stdin.read()

store = CatalogueStore(Database.open(Path(sys.argv[1])))
import_files(store, [Path(sys.argv[2])], "films", progress=stop)
"""


@pytest.mark.parametrize("phase", ["looking at", "reading", "comparing", "writing"])
def test_a_kill_in_the_middle_leaves_the_catalogue_as_it_was(tmp_path, phase):
    data = tmp_path / "data"
    database = Database.open(data / "s.db")
    store = CatalogueStore(database)
    import_files(store, [write(tmp_path / "films.csv", FILMS)], "films")
    before = (store.revision("films"), store.load("films").items, store.schema("films"))
    files = sorted(f.name for f in data.iterdir() if f.suffix == ".db")
    big = tmp_path / "big.csv"
    write(big, "id,title,shelf\n" + "".join(f"{n},Title {n},s{n % 7}\n" for n in range(5000)))
    child = subprocess.Popen(
        [sys.executable, "-c", IMPORT, str(data / "s.db"), str(big), phase],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with child.stdin, child.stdout:
        assert child.stdout.readline() == b"here\n"
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    assert (store.revision("films"), store.load("films").items, store.schema("films")) == before
    assert sorted(f.name for f in data.iterdir() if not f.name.startswith("s.db-")) == files
    report = import_files(store, [big], "films")  # and nothing is in the way of the next one
    assert report.items.added == 4997 and report.items.changed == 3
    database.close()


def test_a_full_disk_leaves_everything_as_it_was(tmp_path):
    import sqlalchemy as sa

    database = Database.open(tmp_path / "s.db")
    store = CatalogueStore(database)
    import_files(store, [write(tmp_path / "films.csv", FILMS)], "films")

    def small(connection, _record):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 2}")

    sa.event.listen(database.engine, "connect", small)
    database.engine.dispose()
    big = write(tmp_path / "b.csv", "id,title\n" + "".join(f"x{n},{n}\n" for n in range(9000)))
    with pytest.raises(StorageError, match="Nothing was changed"):
        import_files(store, [big], "films")
    assert store.count("films") == 3
    database.close()


def test_the_command_prints_a_report_and_returns_a_code(store, tmp_path):
    path = write(tmp_path / "films.csv", FILMS)
    out = io.StringIO()
    assert run_import(store, "films", [path], out=out, err=io.StringIO()) == 0
    text = out.getvalue()
    assert "films.csv: CSV, utf-8, separated by comma" in text
    assert "genres  genre    category, several" in text
    assert "items: 3 read, 3 added." in text and "Catalogue 'films' is ready" in text
    assert "film/films (watch; 看电影)" in text
    out = io.StringIO()
    assert run_import(store, "films", [path], json=True, out=out, err=io.StringIO()) == 0
    assert json.loads(out.getvalue())["items"]["unchanged"] == 3
    bad = write(tmp_path / "bad.csv", "id,title\n1,\n")
    assert run_import(store, "films", [bad], out=io.StringIO(), err=io.StringIO()) == 1


def test_usage_errors_of_the_command(store, tmp_path):
    with pytest.raises(InputError, match="nothing to import"):
        run_import(store, "films")
    with pytest.raises(InputError, match="--replace needs"):
        run_import(store, "films", delete=["1"], replace=True)
    with pytest.raises(InputError, match="not FIELD=COLUMN"):
        mapping_of(["title"])
    with pytest.raises(InputError, match="twice"):
        mapping_of(["title=a", "title=b"])


def test_progress_is_shown_on_terminals_only(store, tmp_path):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    rows = "".join(f"{n},t{n}\n" for n in range(2500))
    path = write(tmp_path / "x.csv", "id,title\n" + rows)
    shown, silent = Terminal(), io.StringIO()
    run_import(store, "a", [path], out=io.StringIO(), err=silent)
    run_import(store, "b", [path], out=io.StringIO(), err=shown)
    assert silent.getvalue() == ""
    assert "reading x.csv: 2,000 of 2,500" in shown.getvalue()


def test_values_are_read_as_people_write_them(store, tmp_path):
    text = "id,title,price,duration,lang\n" + "".join(
        f'{n},"Film {n}, The ({1990 + n})",$1{n}.50,1h {n}m,en-US\n' for n in range(9)
    )
    text += '9,Il Film (1999),9 EUR,2 hours,it\n10,"Hotel, Motel (2001)",Free,90,German\n'
    report = import_files(store, [write(tmp_path / "x.csv", text)], "x")
    found = store.load("x")
    assert found["3"].title == "The Film 3"
    assert found["3"].facets == {
        "year": 1993.0,
        "price": 13.5,
        "runtime": 63.0,
        "language": ("English",),
    }
    assert found["9"].facets == {"year": 1999.0, "runtime": 120.0, "language": ("Italian",)}
    assert found["10"].title == "Hotel, Motel" and found["10"].get("price") == 0.0
    (problem,) = report.problems
    assert problem.line == 11 and "price is in USD, not EUR" in problem.what


def test_another_name_serves_where_the_title_is_empty(store, tmp_path):
    rows = [{"id": n, "title": f"Game {n}", "app_name": f"Game {n} Deluxe"} for n in range(9)]
    rows.append({"id": 9, "title": "", "app_name": "Nine"})
    import_files(store, [jsonl(tmp_path / "x.jsonl", *rows)], "games")
    found = store.load("games")
    assert found["9"].title == "Nine" and found["1"].aka == ("Game 1 Deluxe",)


def test_several_files_make_one_catalogue(store, tmp_path):
    one = write(tmp_path / "one.csv", "id,title,year\n1,A,1990\n2,B,1991\n")
    two = jsonl(tmp_path / "two.jsonl", {"id": "2", "title": "B2"}, {"id": "3", "title": "C"})
    report = import_files(store, [one, two], "both")
    assert {i.id: i.title for i in store.load("both").items} == {"1": "A", "2": "B2", "3": "C"}
    assert (report.items.read, report.items.added, report.items.replaced) == (4, 3, 1)


def test_a_file_with_repeated_ids_changes_nothing_the_second_time(store, tmp_path):
    path = write(tmp_path / "x.csv", "id,title\n1,First\n2,Two\n1,Last\n")
    import_files(store, [path], "x")
    assert store.load("x")["1"].title == "Last"
    report = import_files(store, [path], "x")
    assert (report.items.changed, report.items.unchanged, report.revision) == (0, 2, "")
