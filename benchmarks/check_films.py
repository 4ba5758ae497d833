"""Check the facts of the film catalogue against outside data: `python -m benchmarks.check_films`.

The catalogue was written from memory. This joins every row with public film data kept beside the
repository (`../shared/data`: films, douban, kdconv), compares field by field, and writes rates and
every disagreement to `results/check_films.json`. The outside data is scraped and noisy, so a
disagreement says only that one side is wrong: `results/check_films_settlements.csv` records how
each was settled: for "ours", for "theirs" (our row was corrected), "both" (two cuts, two customs),
or "open" (not decided, ours kept). Fields a film's outside record lacks are not counted for it.

Does not know: whether facts on which both sides agree are right, nor anything about films that the
outside data lacks; the settlements rest on knowledge of films, not on a third source. Skips
with a message where the data is missing.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from rapidfuzz.fuzz import token_sort_ratio

from retrieval.schema import fold

ROOT = Path(__file__).resolve().parents[1]
ITEMS = ROOT / "catalogues" / "films" / "items.jsonl"
SHARED = ROOT.parent / "shared" / "data"
RESULTS = Path(__file__).with_name("results")
SETTLEMENTS = RESULTS / "check_films_settlements.csv"

SETTLED = ("year", "directors", "runtime", "country", "language", "title_zh")
"""Fields whose every disagreement must stand in the settlements table."""
NOTED = ("cast", "genres", "certificate")
"""Fields where sides differ by custom: reported, large disagreements looked through."""
MINUTES = 3  # versions and rounding; more than that is another cut or an error
RUN = 8  # words; a shared run this long is somebody else's sentence


def table(text: str) -> dict[str, str]:
    """`"a Bee; c Dee"` as `{"a": "Bee", "c": "Dee"}`."""
    return dict(pair.strip().split(" ", 1) for pair in text.strip().split(";"))


SOURCES = {
    "films": "MovieLens, Wikipedia, TMDB and IMDb extracts; mixed terms, not shipped",
    "douban": "public Douban lists, no licence stated; not shipped",
    "kdconv": "KdConv dialogues, Apache-2.0; not shipped",
}
"""Where the other side's facts come from; only single disputed facts are quoted in the results."""

PLACES = table("""
    中国大陆 China; 中国内地 China; 中国 China; 中国香港 Hong Kong; 香港 Hong Kong;
    中国台湾 Taiwan; 台湾 Taiwan; 日本 Japan; 美国 United States; 英国 United Kingdom;
    法国 France; 韩国 South Korea; 德国 Germany; 西德 West Germany; 意大利 Italy; 印度 India;
    加拿大 Canada; 西班牙 Spain; 澳大利亚 Australia; 新西兰 New Zealand; 阿根廷 Argentina;
    巴西 Brazil; 伊朗 Iran; 泰国 Thailand; 瑞典 Sweden; 丹麦 Denmark; 墨西哥 Mexico;
    爱尔兰 Ireland; 挪威 Norway; 波兰 Poland; 苏联 Soviet Union; Czechia Czech Republic;
    南非 South Africa; 黎巴嫩 Lebanon; 瑞士 Switzerland; 奥地利 Austria; 拉脱维亚 Latvia;
    比利时 Belgium
""")
TONGUES = table("""
    英语 English; 汉语普通话 Mandarin; 普通话 Mandarin; 国语 Mandarin; 粤语 Cantonese;
    日语 Japanese; 法语 French; 韩语 Korean; 西班牙语 Spanish; 德语 German; 俄语 Russian;
    意大利语 Italian; 泰语 Thai; 印地语 Hindi; 葡萄牙语 Portuguese; 波斯语 Persian;
    闽南语 Taiwanese Hokkien; 上海话 Shanghainese; 沪语 Shanghainese; 丹麦语 Danish;
    挪威语 Norwegian;
    瑞典语 Swedish; 阿拉伯语 Arabic; 土耳其语 Turkish; Chinese Mandarin; bs Bosnian
""")
GENRES = table("""
    Children Family; Animated Animation; Noir Film-Noir; Historical History; Sports Sport;
    Suspense Thriller; Supernatural Fantasy
""")
UNRATED = {"NR", "UNRATED", "Not Rated", "Unrated", "Approved", "Passed", "UR"}
RATED = {"G", "PG", "PG-13", "R", "NC-17"}


@dataclass(slots=True)
class Record:
    """What one outside source says of one film; empty where it is silent."""

    source: str
    keys: set[str]
    year: int | None = None
    directors: list[str] = field(default_factory=list)
    cast: list[str] = field(default_factory=list)
    genres: list[str] = field(default_factory=list)
    country: list[str] = field(default_factory=list)
    language: list[str] = field(default_factory=list)
    runtime: int | None = None
    certificate: str = ""
    title_zh: list[str] = field(default_factory=list)
    imdb: str = ""
    weight: int = 0


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def key(title: str) -> str:
    """A title for joining: folded, without year and leading article."""
    return re.sub(r"^(the|a|an) ", "", fold(re.sub(r"\(\d{4}\)$", "", title)))


def bare(title: str) -> str:
    """A Chinese title for comparison: no punctuation, no spaces."""
    return re.sub(r"[\W_]+", "", title).casefold()


def plain(title: str) -> str:
    """A Douban title without the original one that follows it ("钢铁侠 Iron Man")."""
    head, _, _ = title.partition(" ")
    return head if re.search(r"[\u4e00-\u9fff]", head) else title


def films(path: Path) -> Iterator[Record]:
    for row in lines(path):
        names = [row["title"], *row.get("aka", []), *row.get("redial_names", [])]
        chinese = [plain(row["title_zh"])] if row.get("title_zh") else []
        alias = re.split(r" / ", row.get("aka_zh") or "")
        chinese += [re.sub(r"\((港|台|港/台|台/港).*\)$", "", a) for a in alias if a]
        yield Record(
            "films", {key(n) for n in names}, row.get("year"), row.get("directors", []),
            row.get("cast", []), [GENRES.get(g, g) for g in row.get("genres", [])],
            [PLACES.get(c, c) for c in row.get("country", [])],
            [TONGUES.get(x, x) for x in row.get("language", [])],
            row.get("runtime"), row.get("certificate") or "", chinese,
            row.get("imdb_id") or "", len(row.get("sources", [])),
        )  # fmt: skip


def douban(folder: Path) -> Iterator[Record]:
    for row in lines(folder / "films_zh.jsonl"):
        year = int(row["year"]) if row.get("year") else None
        yield Record(
            "douban", {key(row["title"])}, year,
            country=[PLACES.get(c, c) for c in row.get("country", [])],
            language=[TONGUES.get(x, x) for x in row.get("language", [])],
            title_zh=[row["title"]], imdb=row.get("imdb_id") or "",
        )  # fmt: skip
    for row in lines(folder / "list_chinese.jsonl"):
        minutes = re.match(r"\d+", row.get("runtime") or "")
        release = row.get("release_date") or ""
        yield Record(
            "douban list", {key(row["title"])}, int(release[:4]) if release[:4].isdigit() else None,
            country=[PLACES.get(c, c) for c in re.split(r"[,/ ]+", row.get("countries") or "")],
            language=[TONGUES.get(x, x) for x in re.split(r"[,/ ]+", row.get("languages") or "")],
            runtime=int(minutes[0]) if minutes else None, title_zh=[row["title"]],
        )  # fmt: skip


def kdconv(path: Path) -> Iterator[Record]:
    """Films talked about; the year only where the name of the entry tells it."""
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for talk in json.loads(path.read_text(encoding="utf-8")):
        for message in talk["messages"]:
            for fact in message.get("attrs", []):
                said[fact["name"]][fact["attrname"]] = fact["attrvalue"]
    for name, facts in said.items():
        title = re.sub(r"（.*）$", "", name)
        year = re.search(r"（.*?((?:19|20)\d\d)年", name) or re.match(
            r"((?:19|20)\d\d)", facts.get("上映时间", "")
        )
        minutes = re.match(r"\D*(\d+)", facts.get("片长", ""))
        place = re.split(r"[，,、/ ]+", facts.get("制片地区", ""))
        if year:
            yield Record(
                "kdconv", {key(title)}, int(year[1]) if "年" in name else None,
                country=[PLACES.get(c, c) for c in place if c],
                runtime=int(minutes[1]) if minutes else None, title_zh=[title],
            )  # fmt: skip


def same_person(one: str, other: str) -> bool:
    """Whether two spellings name one person ("Zhang Yimou", "Yimou Zhang")."""
    one, other = (fold(name).replace(" jr", "") for name in (one, other))
    letters = {"".join(sorted(name.replace(" ", ""))) for name in (one, other)}
    fewer, more = sorted((set(one.split()), set(other.split())), key=len)
    longer = len(fewer) > 1 and fewer <= more
    return len(letters) == 1 or longer or token_sort_ratio(one, other) >= 85


def shared(ours: Iterable[str], theirs: Iterable[str]) -> int:
    """How many of our people the other side names too."""
    theirs = list(theirs)
    return sum(any(same_person(one, other) for other in theirs) for one in ours)


def join(row: dict[str, Any], index: dict[str, list[Record]]) -> Record | None:
    """The outside record of our film: a title in common, the year near or the director the same,
    and no contradiction of both director and cast.
    """
    best: tuple[float, Record] | None = None
    titles = {key(t) for t in (row["title"], *row["aka"])}
    for record in {id(r): r for t in titles for r in index.get(t, [])}.values():
        near = record.year is not None and abs(record.year - row["year"]) <= 1
        directed = shared(row["directors"], record.directors)
        played = shared(row["cast"], record.cast)
        if not (directed or played or (near and not (record.directors and record.cast))):
            continue
        if not near and not (directed and played):
            continue
        score = 3.0 * near + (record.year == row["year"]) + 2 * bool(directed) + bool(played)
        score += (key(row["title"]) in record.keys) + 0.5 * bool(record.imdb) + record.weight / 20
        if best is None or score > best[0]:
            best = (score, record)
    return best[1] if best else None


def join_chinese(row: dict[str, Any], index: dict[str, list[Record]], imdb: str) -> list[Record]:
    """Douban and KdConv records: by IMDb id, else by Chinese title and a near year."""
    found = list(index.get(imdb, [])) if imdb else []
    for title in (row["title_zh"], *row["aka"]):
        for record in index.get(bare(title), []):
            known = record.imdb and imdb and record.imdb != imdb
            far = record.year is not None and abs(record.year - row["year"]) > 2
            strange = not known and record.imdb != imdb and namesake(row, record)
            if not (known or far or strange or record in found):
                found.append(record)
    return found


def namesake(row: dict[str, Any], record: Record) -> bool:
    """Whether a record of the same Chinese title is of another film: other places and tongues."""
    places = set(row["country"]) & set(record.country)
    return bool(record.country) and not places and not set(row["language"]) & set(record.language)


def people_differ(row: dict[str, Any], record: Record) -> bool:
    ours, theirs = row["directors"], record.directors
    return bool(shared(ours, theirs) < len(ours) or shared(theirs, ours) < min(3, len(theirs)))


def dated(row: dict[str, Any], record: Record) -> bool:
    """Whether the record's year is that of the first release. Douban's files and KdConv give the
    release in mainland China, often years later: they count only for films from there, and
    where they say an earlier year than we do.
    """
    first = record.source == "films" or row["country"][0] == "China"
    return first or (record.year is not None and record.year < row["year"])


def compare(row: dict[str, Any], record: Record) -> Iterator[tuple[str, float, Any, Any]]:
    """`(field, agreement in [0, 1], ours, theirs)` for every field both sides know; a field below
    its bar (see `tally`) is a disagreement.
    """
    if record.year is not None and dated(row, record):
        yield "year", float(record.year == row["year"]), row["year"], record.year
    if record.runtime:
        near = abs(record.runtime - row["runtime"]) <= MINUTES
        yield "runtime", float(near), row["runtime"], record.runtime
    if record.directors:
        agree = 0.0 if people_differ(row, record) else 1.0
        yield "directors", agree, row["directors"], record.directors
    if len(record.cast) >= 3 and row["cast"]:
        part = shared(row["cast"], record.cast) / min(len(row["cast"]), len(record.cast))
        yield "cast", min(part, 1.0), row["cast"], record.cast
    genres = set(record.genres) & VOCABULARY
    if genres:
        ours = set(row["genres"])
        yield "genres", len(ours & genres) / len(ours | genres), row["genres"], sorted(genres)
    if record.country:
        yield "country", float(row["country"][0] in record.country), row["country"], record.country
    if record.language and "Silent" not in row["language"]:
        agree = float(bool(set(row["language"][:1]) & set(record.language)))
        yield "language", agree, row["language"], record.language
    if record.certificate in RATED | UNRATED:
        theirs = "NR" if record.certificate in UNRATED else record.certificate
        yield "certificate", float(theirs == row["certificate"]), row["certificate"], theirs
    if record.title_zh and (record.source == "films" or record.imdb):
        agree = float(bare(row["title_zh"]) in {bare(t) for t in record.title_zh})
        yield "title_zh", agree, row["title_zh"], record.title_zh[0]


VOCABULARY = frozenset(
    "Action,Adventure,Animation,Biography,Comedy,Crime,Documentary,Drama,Family,Fantasy,Film-Noir,"
    "History,Horror,Martial Arts,Music,Musical,Mystery,Romance,Sci-Fi,Sport,Thriller,War,Western"
    "".split(",")
)
BARS = {"cast": 0.5, "genres": 0.25}


def settlements() -> dict[tuple[str, str, str], dict[str, str]]:
    """The table of decisions by film, field and source; empty where there is none yet."""
    if not SETTLEMENTS.exists():
        return {}
    with SETTLEMENTS.open(encoding="utf-8", newline="") as file:
        return {(r["film"], r["field"], r["source"]): r for r in csv.DictReader(file)}


def tally(checks: list[dict[str, Any]], table: dict[tuple[str, str, str], dict[str, str]],
          rows: int) -> dict[str, Any]:  # fmt: skip
    """Rates per field over films. `before` counts as disagreeing what was settled against us."""
    report: dict[str, Any] = {}
    for name in (*SETTLED, *NOTED):
        mine = [c for c in checks if c["field"] == name]
        films_ = {c["film"] for c in mine}
        open_ = {c["film"] for c in mine if c["agreement"] < BARS.get(name, 1.0)}
        made = {k[0]: r["decision"] for k, r in table.items() if k[1] == name and k[0] in films_}
        before = open_ | set(made)
        decided = Counter(made.values())
        left = {
            c["film"]
            for c in mine
            if c["agreement"] < BARS.get(name, 1.0) and (c["film"], name, c["source"]) not in table
        }
        report[name] = {
            "compared": len(films_), "coverage": round(len(films_) / rows, 3),
            "mean_agreement": round(sum(c["agreement"] for c in mine) / max(1, len(mine)), 3),
            "disagreed_before": len(before), "disagree_now": len(open_),
            "rate_before": round(len(before) / max(1, len(films_)), 4),
        }  # fmt: skip
        if name in SETTLED:
            wrong = round(decided["theirs"] / max(1, len(films_)), 4)
            report[name] |= {"settled": dict(sorted(decided.items())), "unsettled": len(left)}
            report[name] |= {"we_were_wrong_rate": wrong}
    return report


def grams(text: str, size: int = RUN) -> set[tuple[str, ...]]:
    """All runs of `size` folded words of a text."""
    words = fold(text).split()
    return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}


def overlap(rows: list[dict[str, Any]], path: Path) -> list[dict[str, str]]:
    """Our overviews that share a run of eight words with any text of the outside file."""
    ours: dict[tuple[str, ...], str] = {}
    for row in rows:
        ours.update((gram, row["id"]) for gram in grams(row["overview"]))
    hits = {}
    for record in lines(path):
        for name in ("overview", "plot_long", "extract_wikipedia", "tagline"):
            for gram in grams(record.get(name) or "") & ours.keys():
                hits[ours[gram], " ".join(gram)] = record["title"]
    return [{"film": f, "run": run, "their_film": t} for (f, run), t in sorted(hits.items())]


def check(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """All comparisons, and the number of films joined with the main source."""
    index: dict[str, list[Record]] = defaultdict(list)
    for record in films(SHARED / "films" / "films.jsonl"):
        for title in record.keys:
            index[title].append(record)
    chinese: dict[str, list[Record]] = defaultdict(list)
    for record in (*douban(SHARED / "douban"), *kdconv(SHARED / "kdconv" / "film_dev.json")):
        chinese[bare(record.title_zh[0])].append(record)
        if record.imdb:
            chinese[record.imdb].append(record)
    checks, joined = [], 0
    for row in rows:
        main = join(row, index)
        joined += main is not None
        for record in [
            *([main] if main else []),
            *join_chinese(row, chinese, main.imdb if main else ""),
        ]:
            checks += [
                {"film": row["id"], "field": f, "source": record.source, "agreement": a,
                 "ours": ours, "theirs": theirs}
                for f, a, ours, theirs in compare(row, record)
            ]  # fmt: skip
    return checks, joined


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--items", type=Path, default=ITEMS)
    parser.add_argument(
        "--list", metavar="FIELD", help="print the unsettled of one field, write nothing"
    )
    args = parser.parse_args()
    if not (SHARED / "films" / "films.jsonl").exists():
        print(f"skipped: outside film data is not at {SHARED}; see catalogues/films/README.md")
        return
    rows = list(lines(args.items))
    checks, joined = check(rows)
    table = settlements()
    apart = [c for c in checks if c["agreement"] < BARS.get(c["field"], 1.0)]
    if args.list:
        for c in apart:
            if c["field"] == args.list and (c["film"], c["field"], c["source"]) not in table:
                print(c["film"], "|", c["source"], "|", c["ours"], "|", c["theirs"])
        return
    report = {
        "what": "facts of catalogues/films/items.jsonl against outside film data",
        "date": date.today().isoformat(), "machine": platform.machine(),
        "python": platform.python_version(), "films": len(rows), "joined": joined,
        "fields": tally(checks, table, len(rows)),
        "shared_runs_of_eight_words": overlap(rows, SHARED / "films" / "films.jsonl"),
        "disagreements": apart,
    }  # fmt: skip
    out = RESULTS / "check_films.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({k: v for k, v in report.items() if k != "disagreements"},
                     ensure_ascii=False, indent=1))  # fmt: skip


if __name__ == "__main__":
    main()
