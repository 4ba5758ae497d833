# ruff: noqa: E501  (cases and word lists read best on one line)
"""How well the embedded reader understands: titles, people, genres, stances, intents; and how fast.

    python benchmarks/understanding.py [--part NAME ...]

Needs the development data beside the checkout (`../shared/data`); says so and stops without it.
Results go to `benchmarks/results/understanding.json` with the machine's name. Only training and
development parts are read. Labels of our own are in `benchmarks/labels`.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from chatbot.importing.rows import item_from  # noqa: E402
from chatbot.importing.schemas import read_schema  # noqa: E402
from chatbot.understand import Context  # noqa: E402
from chatbot.understand.embedded import EmbeddedReader  # noqa: E402
from chatbot.understand.text import key  # noqa: E402
from chatbot.understand.titles import names_of  # noqa: E402
from chatbot.values import Assert, Question, Understanding  # noqa: E402
from retrieval.catalogue import Catalogue  # noqa: E402
from retrieval.items import Item  # noqa: E402
from retrieval.schema import Facet, Schema  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
LABELS = Path(__file__).with_name("labels")
RESULTS = Path(__file__).with_name("results") / "understanding.json"
_GENRES = {
    "Animated": "Animation", "Noir": "Film-Noir", "Sports": "Sport", "Historical": "History",
    "Children": "Family",
}  # fmt: skip


@dataclass
class Score:
    """Micro counts of one kind of label."""

    hit: int = 0
    missed: int = 0
    extra: int = 0

    def add(self, gold: set[Any], found: set[Any]) -> None:
        """Count one text."""
        self.hit += len(gold & found)
        self.missed += len(gold - found)
        self.extra += len(found - gold)

    @property
    def figures(self) -> dict[str, float]:
        """Precision, recall, F1 and how many labels there were."""
        precision = self.hit / max(1, self.hit + self.extra)
        recall = self.hit / max(1, self.hit + self.missed)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        return {
            "precision": round(precision, 3), "recall": round(recall, 3), "f1": round(f1, 3),
            "labels": self.hit + self.missed,
        }  # fmt: skip


def starter() -> Catalogue:
    """The film catalogue we ship."""
    folder = ROOT / "catalogues" / "films"
    schema = read_schema(folder / "schema.toml")
    lines = (folder / "items.jsonl").read_text(encoding="utf-8").splitlines()
    return Catalogue("films", [item_from(json.loads(line), schema) for line in lines], schema)


def large() -> Catalogue:
    """The 52,610 films of the development data under our film schema, with a popularity."""
    schema = read_schema(ROOT / "catalogues" / "films" / "schema.toml")
    genres = set(schema.facets["genre"].value_labels)
    facets = {**schema.facets, "popularity": Facet("popularity", "number")}
    schema = Schema(facets, schema.noun, schema.nouns, schema.verb, domain="films")
    items = []
    with (DATA / "films" / "films.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            row["id"] = str(row["film_id"])
            row["popularity"] = len(row["sources"])  # how many public lists hold the film
            row["genres"] = [
                g for g in (_GENRES.get(g, g) for g in row.get("genres") or []) if g in genres
            ]
            row["aka"] = [*(row.get("aka") or []), *str(row.get("aka_zh") or "").split(" / ")]
            items.append(item_from(row, schema))
    return Catalogue("films-large", items, schema)


# --- INSPIRED -------------------------------------------------------------------------------


def inspired(reader: EmbeddedReader, show: bool) -> dict[str, Any]:
    """Seeker utterances of the development part, raw labels and corrected ones."""
    with (DATA / "inspired" / "dev.tsv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    with (LABELS / "inspired_dev_corrections.tsv").open(encoding="utf-8") as lines:
        fixes = {int(r["row"]): r for r in csv.DictReader(lines, delimiter="\t")}
    names = _names(reader.catalogue)
    scores = {
        (part, kind): Score()
        for part in ("raw", "corrected")
        for kind in ("titles", "genres", "people")
    }
    changed = total = absent = 0
    for number, row in enumerate(rows):
        if row["speaker"] != "SEEKER":
            continue
        total += 1
        text = row["text"].replace("QUOTATION_MARK", '"')
        found = _found(reader.read(text, Context(language="en")), reader.catalogue)
        raw = {
            "titles": [(x, False) for x in _split(row["movies"])],
            "genres": [(x, False) for x in _split(row["genres"])],
            "people": [(x, False) for x in _split(row["people_names"])],
        }
        fixed = dict(raw)
        if number in fixes:
            changed += 1
            fixed = {
                kind: [(x.lstrip("?"), x.startswith("?")) for x in _split(fixes[number][kind])]
                for kind in ("titles", "genres", "people")
            }
        for part, labels in (("raw", raw), ("corrected", fixed)):
            for kind in ("titles", "genres", "people"):
                known = labels[kind]
                if kind == "titles":
                    here = [
                        x for x in known if any(key(_bare(n)) in names for n in x[0].split("/"))
                    ]
                    absent += part == "corrected" and len(known) - len(here)
                    known = here
                gold, got = _matched(kind, known, found[kind], reader.catalogue)
                scores[part, kind].add(gold, got)
                if show and part == "corrected" and gold != got:
                    print(
                        f"  {number} {kind} miss={sorted(gold - got)} extra={sorted(got - gold)} :: {text[:150]}"
                    )
    return {
        "utterances": total,
        "rows_corrected": changed,
        "correction_rate": round(changed / total, 3),
        "titles_not_in_catalogue": int(absent),
        **{
            part: {kind: scores[part, kind].figures for kind in ("titles", "genres", "people")}
            for part in ("raw", "corrected")
        },
    }


def _split(text: str) -> list[str]:
    return [x.strip() for x in (text or "").split(";") if x.strip()]


def _bare(title: str) -> str:
    return title.split(" (")[0] if title.rstrip().endswith(")") else title


def _names(catalogue: Catalogue) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for item in catalogue.items:
        for phrase in names_of(item.title, item.aka):
            found.setdefault(phrase, set()).add(item.id)
    return found


def _found(u: Understanding, catalogue: Catalogue) -> dict[str, list[str]]:
    return {
        "titles": [m.value for m in u.mentions if m.facet == "title"],
        "genres": [m.value for m in u.mentions if m.facet == "genre"],
        "people": [m.value for m in u.mentions if m.facet == "person"],
    }


def _matched(
    kind: str, labels: list[tuple[str, bool]], found: list[str], catalogue: Catalogue
) -> tuple[set[str], set[str]]:
    """(gold, found) with optional labels taken out of both."""
    got: set[str] = set()
    gold = {name for name, optional in labels if not optional}
    gold = {g if kind == "titles" else key(g) for g in gold}
    for value in found:
        hit = _label_of(kind, value, labels, catalogue)
        if hit is None:
            got.add(value if kind != "titles" else f"+{catalogue[value].title}")
        elif not hit[1]:
            got.add(hit[0] if kind == "titles" else key(hit[0]))
    return gold, got


def _label_of(
    kind: str, value: str, labels: list[tuple[str, bool]], catalogue: Catalogue
) -> tuple[str, bool] | None:
    for name, optional in labels:
        for alternative in name.split("/") if kind == "titles" else [name]:
            if kind == "titles":
                item = catalogue[value]
                phrases = names_of(item.title, item.aka)
                if key(_bare(alternative)) in phrases or key(item.title) == key(alternative):
                    return name, optional
            elif (
                _same_person(alternative, value)
                if kind == "people"
                else key(alternative) == key(value)
            ):
                return name, optional
    return None


def _same_person(one: str, other: str) -> bool:
    """Whether two spellings name one person: the catalogue of the data spells some twice."""
    from rapidfuzz import fuzz

    a, b = key(one).replace(" ", ""), key(other).replace(" ", "")
    return fuzz.ratio(a, b) >= 92 or key(one) == re.sub(r' ".*?"', "", other).lower()


# --- OpenDialKG -----------------------------------------------------------------------------


def opendialkg(reader: EmbeddedReader, show: bool) -> dict[str, Any]:
    """Films named in the contexts of the validation part."""
    known = json.loads((DATA / "opendialkg" / "item_ids.json").read_text())
    entity2id = json.loads((DATA / "opendialkg" / "entity2id.json").read_text())
    films = {name for name, number in entity2id.items() if number in set(known)}
    names = _names(reader.catalogue)
    spoken, raw = Score(), Score()
    seen: set[tuple[int, int]] = set()
    with (DATA / "opendialkg" / "movie_valid_processed.jsonl").open(encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines]
    for case in cases:
        where = (case["dialog_id"], case["turn_id"])
        if where in seen:
            continue
        seen.add(where)
        text = case["context"][-1]
        entities = {e for e in case["entity"] if e in films and key(e) in names}
        # Entities are given for the whole context: only those spelt out in this utterance count.
        plain = f" {key(text)} "
        spelt = {e for e in entities if f" {key(e)} " in plain}
        longest = {
            e for e in spelt if not any(e != o and f" {key(e)} " in f" {key(o)} " for o in spelt)
        }
        found = _found(reader.read(text, Context(language="en")), reader.catalogue)["titles"]
        gold, got = _matched("titles", [(e, False) for e in longest], found, reader.catalogue)
        raw.add(gold, got)
        # Films said but missing from the entity list (about persons, say) are no false alarms.
        said = {g for g in got if not g.startswith("+") or f" {key(g[1:])} " not in plain}
        spoken.add(gold, said)
        if show and gold != got:
            print(f"  miss={sorted(gold - got)} extra={sorted(got - gold)} :: {text[:140]}")
    return {
        "utterances": len(seen),
        "raw": raw.figures,
        "named_but_unlabelled_excused": spoken.figures,
    }


# --- Chinese --------------------------------------------------------------------------------


def chinese(films: EmbeddedReader, show: bool) -> dict[str, Any]:
    """Our Chinese requests: (stance, facet, value) triples."""
    readers = {"films": films, "restaurants": EmbeddedReader(restaurants())}
    total: dict[str, Score] = {
        name: Score() for name in ("films", "restaurants", "all", "any_stance")
    }
    count = 0
    with (LABELS / "chinese.tsv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    for row in rows:
        count += 1
        reader = readers[row["catalogue"]]
        catalogue = reader.catalogue
        gold = {_gold(label, catalogue) for label in _split(row["meaning"])}
        gold.discard(("", "", ""))
        u = reader.read(row["text"], Context(language="zh"))
        found = {
            (a.preference.stance, a.preference.facet, _shown(a.preference.value))
            for a in u.updates
            if isinstance(a, Assert) and a.preference.facet != "term"
        }
        found = _grouped(found)
        for name in (row["catalogue"], "all"):
            total[name].add(gold, found)
        total["any_stance"].add({g[1:] for g in gold}, {f[1:] for f in found})
        if show and gold != found:
            print(f"  miss={sorted(gold - found)} extra={sorted(found - gold)} :: {row['text']}")
    return {"utterances": count, **{name: score.figures for name, score in total.items()}}


def _grouped(found: set[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """Wide country groups as one label."""
    countries = {f for f in found if f[0] == "require" and f[1] == "country"}
    if len(countries) >= 12:
        return (found - countries) | {("require", "country", "EUROPE")}
    if {c[2] for c in countries} & {"Sweden", "Norway"} and len(countries) >= 2:
        return (found - countries) | {("require", "country", "NORDIC")}
    return found


def _shown(value: Any) -> str:
    if not isinstance(value, tuple):
        return str(value)
    low, high = ("" if v is None else f"{v:g}" for v in value)
    return f"{low}..{high}"


def _gold(label: str, catalogue: Catalogue) -> tuple[str, str, str]:
    if not label:
        return ("", "", "")
    stance, facet, value = label.split(" ", 2)
    if facet == "title":
        for item in catalogue.items:
            if value in (item.title, *item.aka):
                return (stance, facet, item.id)
    if value == "LAST10..":
        column = catalogue.numbers("year")
        value = f"{max(v for v in column if v == v) - 10:g}.."
    return (stance, facet, value)


def restaurants() -> Catalogue:
    """CrossWOZ restaurants under a schema as an import would infer it."""
    facets = {
        "人均消费": Facet("人均消费", "number", columns=("人均消费",), unit="元", labels={"zh": "人均消费"}),
        "评分": Facet("评分", "number", columns=("评分",), labels={"zh": "评分"}),
        "推荐菜": Facet("推荐菜", "category", columns=("推荐菜",), many=True, labels={"zh": "推荐菜"}),
        "周边景点": Facet("周边景点", "category", columns=("周边景点",), many=True, labels={"zh": "周边景点"}),
        "地铁": Facet("地铁", "text", columns=("地铁",)),
        "地址": Facet("地址", "text", columns=("地址",)),
    }  # fmt: skip
    schema = Schema(facets, {"zh": "家餐馆"}, {"zh": "家餐馆"}, {"zh": "去"}, domain="restaurants")
    rows = json.loads((DATA / "crosswoz" / "restaurant_db.json").read_text(encoding="utf-8"))
    items: dict[str, Item] = {}
    for name, row in rows:
        item = item_from({"id": name, "title": name, **row}, schema)
        items.setdefault(item.id, item)
    return Catalogue("restaurants", items.values(), schema)


# --- intents --------------------------------------------------------------------------------


def intents(reader: EmbeddedReader, show: bool) -> dict[str, Any]:
    """Our labelled utterances, read with a list on the table and a question where one is answered."""
    ids = [
        i
        for i in ("alien-1979", "inception-2010", "the-godfather-1972", "up-2009")
        if i in reader.catalogue
    ]
    listed = tuple(ids + [i.id for i in reader.catalogue.items if i.id not in ids])[:5]
    with (LABELS / "intents.tsv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    right = also = 0
    per: dict[str, list[int]] = {}
    bins: dict[int, list[int]] = {}
    for row in rows:
        question = Question("genre", "") if row["intent"] == "skip" else None
        context = Context(listed=listed, focus=listed[0], question=question, turn=2)
        u = reader.read(row["text"], context)
        ok = u.intent == row["intent"]
        right += ok
        also += ok or row["intent"] in u.also
        per.setdefault(row["intent"], []).append(ok)
        bins.setdefault(min(9, int(u.confidence * 10)), []).append(ok)
        if show and not ok:
            print(f"  {row['intent']} -> {u.intent} {u.also} {u.confidence:.2f} :: {row['text']}")
    return {
        "utterances": len(rows),
        "accuracy": round(right / len(rows), 3),
        "main_or_also": round(also / len(rows), 3),
        "per_intent": {k: round(statistics.mean(v), 2) for k, v in sorted(per.items())},
        "calibration": {
            f"{b / 10:.1f}": [round(statistics.mean(v), 2), len(v)] for b, v in sorted(bins.items())
        },
    }


def out_of_scope(reader: EmbeddedReader, show: bool) -> dict[str, Any]:
    """clinc150 validation: recall of what is not for us; false alarms on film requests."""
    data = json.loads((DATA / "clinc150" / "data_train_val.json").read_text())
    ours = {"greeting", "goodbye", "thank_you", "yes", "no", "maybe", "repeat", "cancel", "what_can_i_ask_you",
            "are_you_a_bot", "who_made_you", "what_is_your_name", "how_old_are_you", "where_are_you_from",
            "do_you_have_pets", "what_are_your_hobbies", "fun_fact", "tell_joke", "who_do_you_work_for",
            "meaning_of_life", "reset_settings", "change_user_name", "user_name", "change_ai_name"}  # fmt: skip
    outside = ("out_of_scope", "support", "handoff")
    texts = [t for t, intent in data["val"] if intent not in ours]
    plain = [t for t, _ in data["oos_val"]]
    missed = [t for t in texts if reader.read(t, Context()).intent not in outside]
    missed_plain = [t for t in plain if reader.read(t, Context()).intent not in outside]
    requests = _film_requests()
    alarms = [t for t in requests if reader.read(t, Context()).intent in outside]
    if show:
        for t in (*missed[:60], "--- oos", *missed_plain[:60], "--- false alarms", *alarms[:60]):
            print("  ", t)
    return {
        "in_domain_of_others": {
            "utterances": len(texts),
            "recall": round(1 - len(missed) / len(texts), 3),
        },
        "oos_val": {
            "utterances": len(plain),
            "recall": round(1 - len(missed_plain) / len(plain), 3),
        },
        "all_recall": round(1 - (len(missed) + len(missed_plain)) / (len(texts) + len(plain)), 3),
        "film_requests": len(requests),
        "false_alarms": round(len(alarms) / len(requests), 4),
    }


def _film_requests() -> list[str]:
    """Our requests and tastes, and INSPIRED seeker utterances that name a genre, title or person."""
    with (LABELS / "intents.tsv").open(encoding="utf-8") as lines:
        kept = {"recommend", "inform", "critique", "ask_item", "more"}
        found = [r["text"] for r in csv.DictReader(lines, delimiter="\t") if r["intent"] in kept]
    with (DATA / "inspired" / "dev.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["speaker"] == "SEEKER" and (
                row["genres"] or row["movies"] or row["people_names"]
            ):
                found.append(row["text"].replace("QUOTATION_MARK", '"'))
    with (LABELS / "chinese.tsv").open(encoding="utf-8") as lines:
        found.extend(
            r["text"] for r in csv.DictReader(lines, delimiter="\t") if r["catalogue"] == "films"
        )
    return found


# --- speed ----------------------------------------------------------------------------------


def latency(reader: EmbeddedReader, texts: Iterable[str]) -> dict[str, float]:
    """Milliseconds a reading takes."""
    taken = []
    context = Context()
    for text in texts:
        start = time.perf_counter()
        reader.read(text, context)
        taken.append((time.perf_counter() - start) * 1e3)
    taken.sort()
    return {
        "texts": len(taken),
        "p50_ms": round(taken[len(taken) // 2], 2),
        "p95_ms": round(taken[int(len(taken) * 0.95)], 2),
        "max_ms": round(taken[-1], 2),
    }


def timed(build: Callable[[], EmbeddedReader]) -> tuple[EmbeddedReader, float]:
    """A reader with its indexes built, and the seconds that took."""
    reader = build()
    start = time.perf_counter()
    reader.warm()
    return reader, round(time.perf_counter() - start, 2)


def main() -> int:
    """Run the parts asked for and merge their figures into the results file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--part",
        action="append",
        default=[],
        help="inspired, opendialkg, chinese, intents, oos, speed",
    )
    parser.add_argument("--show", action="store_true", help="print what was read wrongly")
    parser.add_argument("--no-embedder", action="store_true", help="rules alone")
    args = parser.parse_args()
    if not DATA.exists():
        print(
            f"skipped: the development data is not at {DATA.name} beside the checkout",
            file=sys.stderr,
        )
        return 0
    parts = set(args.part) or {"inspired", "opendialkg", "chinese", "intents", "oos", "speed"}
    embedder = None
    if not args.no_embedder:
        from retrieval.embeddings import SentenceEmbedder

        embedder = SentenceEmbedder()
        embedder.embed(["warm"])
    small, small_built = timed(lambda: EmbeddedReader(starter(), embedder))
    figures: dict[str, Any] = {}
    if parts & {"inspired", "opendialkg", "speed"}:
        big, big_built = timed(lambda: EmbeddedReader(large(), embedder))
        if "inspired" in parts:
            figures["inspired_dev"] = inspired(big, args.show)
        if "opendialkg" in parts:
            figures["opendialkg_valid"] = opendialkg(big, args.show)
        if "speed" in parts:
            texts = _film_requests()
            figures["speed"] = {
                "films": {
                    "items": len(small.catalogue),
                    "built_s": small_built,
                    **latency(small, texts),
                },
                "films_large": {
                    "items": len(big.catalogue),
                    "built_s": big_built,
                    **latency(big, texts),
                },
            }
    if "chinese" in parts:
        figures["chinese"] = chinese(small, args.show)
    if "intents" in parts:
        figures["intents"] = intents(small, args.show)
    if "oos" in parts:
        figures["out_of_scope"] = out_of_scope(small, args.show)
    _keep(figures)
    print(json.dumps(figures, indent=1, ensure_ascii=False))
    return 0


def _keep(figures: Mapping[str, Any]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept.update(figures)
    kept["machine"] = {"name": platform.node(), "processor": platform.processor() or platform.machine(),
                       "python": platform.python_version()}  # fmt: skip
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
