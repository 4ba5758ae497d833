"""Every form a table comes in gives the same rows; what is broken is named and passed over."""

import gzip
import io
import json
import tarfile
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from chatbot.errors import InputError
from chatbot.importing import records
from chatbot.importing.files import examine, read
from chatbot.importing.records import Broken, Row

TABLE = [("id", "title", "year"), ("1", "活着", "1994"), ("2", 'Say "hi", Amélie', "2001")]
ROWS = [dict(zip(TABLE[0], line, strict=True)) for line in TABLE[1:]]


def rows_of(path: Path, format: str = "auto") -> list[dict[str, object]]:
    return [dict(r.values) for r in read(examine(path, format)) if isinstance(r, Row)]


def broken_of(path: Path) -> list[Broken]:
    return [r for r in read(examine(path)) if isinstance(r, Broken)]


def table(delimiter: str = ",", end: str = "\n") -> str:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if delimiter in text or '"' in text else text

    return end.join(delimiter.join(map(cell, line)) for line in TABLE) + end


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters(tmp_path: Path, delimiter: str, end: str):
    path = tmp_path / "x.csv"
    path.write_bytes(table(delimiter, end).encode())
    assert rows_of(path) == ROWS
    assert [r.line for r in read(examine(path))] == [2, 3]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]
)
def test_encodings(tmp_path: Path, encoding: str):
    rows = "".join(f"{n},这是一部关于家庭的电影,{1990 + n}\n" for n in range(30))
    path = tmp_path / "x.csv"
    path.write_bytes(("id,title,year\n" + rows).encode(encoding))
    found = rows_of(path)
    assert len(found) == 30
    assert found[0] == {"id": "0", "title": "这是一部关于家庭的电影", "year": "1990"}


def test_western_encoding_is_not_taken_for_chinese(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_bytes("id,title\n1,Amélie à Paris\n2,Señorita Müller\n".encode("cp1252"))
    assert [r["title"] for r in rows_of(path)] == ["Amélie à Paris", "Señorita Müller"]


def test_json_in_all_its_shapes(tmp_path: Path):
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS)
    forms = {
        "a.jsonl": lines,
        "b.json": json.dumps(ROWS, indent=1),
        "c.json": json.dumps({"count": 2, "items": ROWS}),
        "d.json": json.dumps({r["id"]: {k: r[k] for k in ("title", "year")} for r in ROWS}),
        "e.json": lines,  # the ending is wrong
        "f.jsonl": json.dumps(ROWS),  # here too
        "g.jsonl": "\n".join(map(repr, ROWS)),  # as Python prints it
        "h.data": lines,
    }
    for name, text in forms.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert rows_of(tmp_path / name) == ROWS, name


def test_pairs_of_name_and_record(tmp_path: Path):
    path = tmp_path / "x.json"
    pairs = [["故宫", {"名称": "故宫", "门票": 60}], ["天坛", {"门票": 15}]]
    path.write_text(json.dumps(pairs), encoding="utf-8")
    assert rows_of(path) == [{"名称": "故宫", "门票": 60}, {"name": "天坛", "门票": 15}]


def test_a_long_array_is_streamed(tmp_path: Path):
    path = tmp_path / "x.json"
    path.write_text(json.dumps([{"id": n, "title": "x" * 50} for n in range(20_000)]))
    assert [r["id"] for r in rows_of(path)] == list(range(20_000))


def test_gzip_parquet_and_excel_give_the_same_rows(tmp_path: Path):
    import pyarrow as pa
    import pyarrow.parquet as pq
    from openpyxl import Workbook

    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(table().encode()))
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "x.parquet")
    book = Workbook()
    book.active.append(["A list of films"])  # a caption, then an empty line
    book.active.append([])
    for line in TABLE:
        book.active.append(line)
    book.save(tmp_path / "x.xlsx")
    for name in ("x.csv.gz", "x.parquet", "x.xlsx"):
        assert rows_of(tmp_path / name) == ROWS, name
    (tmp_path / "misnamed.csv").write_bytes((tmp_path / "x.xlsx").read_bytes())
    assert rows_of(tmp_path / "misnamed.csv") == ROWS


def test_excel_values_keep_their_types_and_formulas_do_not_run(tmp_path: Path):
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.append(["id", "title", "when", "formula", "error"])
    sheet.append([1, "A", datetime(2020, 5, 1), '=HYPERLINK("http://x")', "#N/A"])
    book.save(tmp_path / "x.xlsx")
    (row,) = rows_of(tmp_path / "x.xlsx")
    assert row["when"] == datetime(2020, 5, 1) and row["formula"] is None and row["error"] is None


def test_formula_cells_of_a_table_stay_text(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("id,title\n1,=1+2\n2,@SUM(A1)\n3,+49 123\n4,-x\n")
    assert [r["title"] for r in rows_of(path)] == ["=1+2", "@SUM(A1)", "+49 123", "-x"]


def test_broken_json_lines_are_named_and_passed_over(tmp_path: Path):
    path = tmp_path / "x.jsonl"
    deep = "[" * 100_000
    path.write_text(
        f'{{"id": 1}}\n{{"id": 2,\n\n[1, 2, 3]\n"text"\n{{"a": {deep}}}\n{{"id": 7}}\n'
        f'{{"n": {"9" * 5000}}}\n{{"\x00": "\\u0000"}}\n'
    )
    records = list(read(examine(path)))
    assert [r.values["id"] for r in records if isinstance(r, Row) and "id" in r.values] == [1, 7]
    found = {r.line: r.what for r in records if isinstance(r, Broken)}
    assert found.keys() == {2, 4, 5, 6, 8, 9}
    assert "not JSON" in found[2] and "not an object" in found[4] and "nested" in found[6]


def test_a_table_with_broken_rows(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text('id,title\n1,A\n2,B,surplus,cells\n3\n,,\n\n4,"two\nlines"\n5,E\n')
    records = list(read(examine(path)))
    assert [(r.line, dict(r.values)) for r in records if isinstance(r, Row)] == [
        (2, {"id": "1", "title": "A"}),
        (4, {"id": "3"}),
        (7, {"id": "4", "title": "two\nlines"}),
        (9, {"id": "5", "title": "E"}),
    ]
    (bad,) = [r for r in records if isinstance(r, Broken)]
    assert bad.line == 3 and "4 cells under 2 headers" in bad.what


@pytest.mark.parametrize("after", [3, 700])
def test_a_quote_that_is_never_closed_costs_one_row(tmp_path: Path, after: int):
    path = tmp_path / "x.csv"
    good = "".join(f"{n},title {n}\n" for n in range(after))
    path.write_text('id,title\n0,first\nx,"never closed\n' + good)
    assert len(rows_of(path)) == after + 1
    (bad,) = broken_of(path)
    assert bad.line == 3 and "never closed" in bad.what


def test_every_row_with_an_open_quote_is_named(tmp_path: Path):
    path = tmp_path / "x.csv"
    rows = "".join(f'{n},"open {n}\n' for n in range(50))
    path.write_text("id,title\n0,good\n" + rows + "99,good\n")
    assert [r["title"] for r in rows_of(path)] == ["good", "good"]
    assert [b.line for b in broken_of(path)] == list(range(3, 53))


def test_quotes_inside_quotes_are_read_as_well_as_it_goes(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text('id,title\n1,"He said "hi" to me"\n2,5" pipe\n3,"fine ""x"""\n')
    titles = [r["title"] for r in rows_of(path)]
    assert titles[1:] == ['5" pipe', 'fine "x"'] and "hi" in titles[0]


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv"])
def test_an_endless_line_is_passed_over_in_bounded_memory(tmp_path: Path, name: str):
    import tracemalloc

    path = tmp_path / name
    first, last = ('{"id": 1}', '{"id": 2}') if name == "x.jsonl" else ("id\n1", "2")
    with path.open("w") as file:
        file.write(first + "\n")
        for _ in range(20):
            file.write("x" * 1_000_000)
        file.write(f"\n{last}\n")
    source = examine(path)
    tracemalloc.start()
    records = list(read(source))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [str(r.values["id"]) for r in records if isinstance(r, Row)] == ["1", "2"]
    (what,) = [r.what for r in records if isinstance(r, Broken)]
    assert what.endswith("1,000,000 characters")
    assert peak < 15_000_000


def test_headers_that_are_empty_or_come_twice(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text(",name,name\n1,a,b\n")
    assert rows_of(path) == [{"unnamed 1": "1", "name": "a", "name (again)": "b"}]


def test_a_table_without_a_header_says_so(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("1,Alien,1979\n2,Aliens,1986\n")
    with pytest.raises(InputError, match="names of the columns"):
        rows_of(path)


def archive(kind: str) -> bytes:
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w") as file:
            file.writestr("x.csv", "id,title\n")
    else:
        with tarfile.open(fileobj=buffer, mode="w:gz" if kind == "tgz" else "w") as file:
            info = tarfile.TarInfo("x.csv")
            info.size = 9
            file.addfile(info, io.BytesIO(b"id,title\n"))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.zip", archive("zip"), "zip archive. Unpack"),
        ("x.csv", archive("zip"), "zip archive. Unpack"),
        ("x.tar", archive("tar"), "tar archive. Unpack"),
        ("x.tgz", archive("tgz"), "tar archive. Unpack"),
        ("x.csv", b"\x89PNG\r\n\x1a\n" + bytes(100), "a picture"),
        ("x.xls", b"\xd0\xcf\x11\xe0" + bytes(600), "Save it as .xlsx"),
        ("x.csv", bytes(range(256)) * 20, "binary"),
        ("x.csv", bytes(1000), "binary"),
        ("x.csv", b"", "is empty"),
        ("x.csv", b" \n\n", "is empty"),
        ("x.parquet", b"id,title\n1,A\n", "not a readable parquet"),
        ("x.parquet", b"PAR1" + bytes(50), "cannot be read as Parquet"),
        ("x.xlsx", b"id,title\n1,A\n", "not a readable excel"),
        ("x.csv.gz", gzip.compress(b"id,title\n" * 50_000)[:-200], "ends too early|cannot be read"),
        ("x.csv.gz", b"\x1f\x8b" + bytes(30), "cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_with_a_remedy(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=says):
        rows_of(path)


def test_places_that_hold_no_file(tmp_path: Path):
    with pytest.raises(InputError, match="is a folder"):
        examine(tmp_path)
    with pytest.raises(InputError, match="No such file"):
        examine(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="Known: jsonl"):
        examine(tmp_path / "nothing.csv", "xml")


def test_values_in_reports_are_short():
    assert records.shortened("a\nb   c") == "a b c"
    assert len(records.shortened("x" * 10**6)) == 60
