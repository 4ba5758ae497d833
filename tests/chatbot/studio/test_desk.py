"""The desk: briefs without items, angles, versions, learning, and the command line."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from chatbot.errors import InputError, NotFoundError
from chatbot.storage.database import Database
from chatbot.studio.audience import Audience, choose, clusters, read
from chatbot.studio.brief import brief_of
from chatbot.studio.desk import Studio
from chatbot.studio.draft import Draft
from chatbot.studio.store import DraftStore
from chatbot.values import Preference, Profile
from retrieval.catalogue import Catalogue
from retrieval.query import Candidate, Query, Ranking

ITEMS = ["heat-1995", "spirited-away-2001", "haxan-1922"]


class Ranked:
    """A ranking by recorded rules: what the limits admit, liked kinds first, then by id."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.queries: list[Query] = []

    def __call__(self, query: Query) -> Ranking:
        self.queries.append(query)
        mask = self._catalogue.allowed(query.constraints)
        wanted = {(w.facet, w.value) for w in query.wishes}
        found = [
            (-sum(v in i.values(f) for f, v in wanted), i.id)
            for row, i in enumerate(self._catalogue.items)
            if mask[row]
        ]
        return Ranking(tuple(Candidate(i, -s) for s, i in sorted(found)[: query.k]))


@pytest.fixture
def studio(films: Catalogue, tmp_path: Path) -> Studio:
    store = DraftStore(Database.open(tmp_path / "s.db"))
    return Studio(films, store, Ranked(films))


def test_items_are_chosen_for_an_audience_with_variety(films: Catalogue) -> None:
    rank = Ranked(films)
    brief = brief_of("listicle", audience="children", topic="comedies", language="en")
    chosen = [films[i] for i in choose(brief, films, rank, Audience())]
    assert len(chosen) == 7
    assert all((i.number("age") or 99) <= 8 for i in chosen)
    makers = [d for i in chosen for d in i.values("director")]
    assert len(makers) == len(set(makers))
    decades = [int(i.number("year") or 0) // 10 for i in chosen]
    assert max(decades.count(d) for d in decades) <= 4


def test_a_passport_and_what_was_thrown_away_count(films: Catalogue) -> None:
    rank = Ranked(films)
    profile = Profile((Preference("require", "genre", "Horror"),))
    first = choose(brief_of("article"), films, rank, Audience(profile=profile))
    assert all("Horror" in films[i].values("genre") for i in first)
    again = choose(
        brief_of("article"), films, rank, Audience(profile=profile, unwanted=frozenset(first))
    )
    assert not set(first) & set(again)


def test_nothing_fits(films: Catalogue) -> None:
    profile = Profile((Preference("require", "genre", "No such thing"),))
    with pytest.raises(InputError, match="nothing in the catalogue fits"):
        choose(brief_of("article"), films, Ranked(films), Audience(profile=profile))


def test_words_become_wishes_and_limits(films: Catalogue) -> None:
    wishes, limits = read("给青少年看的喜剧", films.schema)
    assert any(w.value == "Comedy" for w in wishes) and limits[0].interval == (None, 14.0)
    _, limits = read("crime films without horror", films.schema)
    assert [(x.mode, x.values) for x in limits if x.facet == "genre"] in (
        [("forbid", ("Horror",))],
        [],
    )


def test_clusters_of_taste_are_found(films: Catalogue) -> None:
    def having(genre: str) -> list[str]:
        return [i.id for i in films.items if i.values("genre")[:1] == (genre,)][:12]

    horror, comedy = having("Horror"), having("Comedy")
    rng = random.Random(0)
    ratings = [
        (f"{name}{n}", item, rating)
        for name, likes, dislikes in (("h", horror, comedy), ("c", comedy, horror))
        for n in range(20)
        for item, rating in [
            *((i, 5.0) for i in rng.sample(likes, 6)), *((i, 1.0) for i in rng.sample(dislikes, 3)),
        ]
    ]  # fmt: skip
    found = clusters(ratings, films, np.random.default_rng(0), 2)
    assert [c.size for c in found] == [20, 20]
    sides = [set(c.liked) <= set(horror) for c in found] + [
        set(c.liked) <= set(comedy) for c in found
    ]
    assert sorted(sides) == [False, False, True, True]
    assert all(c.label(films.schema, "zh") for c in found)
    assert clusters(ratings[:3], films, np.random.default_rng(0), 2) == ()


def test_unknown_items_get_a_hint(studio: Studio) -> None:
    with pytest.raises(NotFoundError, match="Did you mean the id heat-1995"):
        studio.draft(brief_of("review", items=["Heat"]))
    with pytest.raises(NotFoundError, match="Did you mean"):
        studio.draft(brief_of("review", items=["heat-1996"]))
    with pytest.raises(NotFoundError, match="no item 'zzzz'"):
        studio.draft(brief_of("review", items=["zzzz"]))
    with pytest.raises(InputError, match="two items"):
        studio.draft(brief_of("comparison", items=["heat-1995"]))
    with pytest.raises(InputError, match="name the items"):
        Studio(studio.catalogue).draft(brief_of("review"))


def test_the_loop(studio: Studio) -> None:
    angles = studio.angles(brief_of("article", items=ITEMS))
    assert len({a.title for a in angles}) == 3 and all(a.opening for a in angles)
    assert len(studio.outline(angles[1].brief)) > 6
    record = studio.create(angles[1].brief, user="ann")
    assert record.title == angles[1].title
    first = studio.store.get(record.id)
    version = studio.revise(record.id, "shorter")
    lines = studio.diff(record.id, 1, version.number)
    assert {x.kind for x in lines} == {"same", "gone"}
    assert studio.undo(record.id) == first
    assert studio.redo(record.id) == studio.store.get(record.id, version.number)
    with pytest.raises(InputError):
        studio.revise(record.id, "make it sing")
    assert len(studio.store.versions(record.id)) == 2, "a refused instruction leaves no version"


def test_hand_edits_are_read_by_the_ledger(studio: Studio) -> None:
    record = studio.create(brief_of("article", items=ITEMS))
    draft = studio.store.get(record.id)
    at = next(i for i, b in enumerate(draft.blocks) if b.item == "heat-1995" and b.role == "item")
    kept = draft.blocks[at].sentences[0]
    studio.edit(record.id, at, f"{kept.text} It won an Oscar.")
    edited = studio.store.get(record.id)
    assert edited.blocks[at].sentences[0] == kept, "what was not touched keeps its sources"
    (entry,) = studio.ledger(edited).open
    assert entry.text == "It won an Oscar."
    studio.resolve(record.id, entry.block, entry.position, "remove")
    assert studio.ledger(studio.store.get(record.id)).open == ()


def test_learning_from_what_became_of_drafts(studio: Studio) -> None:
    thrown = studio.create(brief_of("article", items=ITEMS), user="ann")
    kept = studio.create(brief_of("review", items=["heat-1995"]), user="ann")
    studio.judge(thrown.id, "thrown")
    studio.judge(kept.id, "kept")
    assert studio.unwanted("ann") == {"spirited-away-2001", "haxan-1922"}
    assert studio.unwanted("bob") == frozenset()
    with pytest.raises(InputError, match="at least 30"):
        studio.voice("ann", "en", ["far too short"])
    edited = studio.create(brief_of("review", items=["yi-yi-2000"]), user="ann")
    draft = studio.store.get(edited.id)
    at = next(i for i, b in enumerate(draft.blocks) if b.role == "item")
    studio.edit(edited.id, at, "You'll like it! We know. It's short! " * 6)
    studio.judge(edited.id, "edited")
    voice = studio.voice("ann", "en")
    assert voice.contractions and voice.exclaims > 0.4 and voice.address == "both"


def test_keywords_that_nothing_supports_are_reported(studio: Studio) -> None:
    draft = studio.draft(brief_of("article", items=ITEMS, keywords=["heist", "blockchain"]))
    assert [w for w in draft.warnings if "blockchain" in w]


def test_export_of_every_format(studio: Studio) -> None:
    draft = studio.draft(brief_of("video", items=ITEMS))
    for form in ("md", "html", "docx", "txt", "srt"):
        assert studio.export(draft, form)  # type: ignore[arg-type]
    assert "# " in studio.markdown(draft)


def test_the_command_writes_what_the_ending_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from chatbot.cli import main

    def draft(*arguments: str) -> int:
        with pytest.raises(SystemExit) as done:
            main(["draft", "--data-dir", str(tmp_path / "d"), "--llm", "none", *arguments])
        return int(done.value.code or 0)

    target = tmp_path / "a.html"
    assert draft("--kind", "review", "--items", "heat-1995", "--output", str(target)) == 0
    assert target.read_text("utf-8").startswith("<!DOCTYPE html>")
    capsys.readouterr()
    assert draft("--kind", "影评", "--items", "heat-1995", "--language", "zh", "--ledger") == 0
    told = capsys.readouterr()
    assert "《盗火线》" in told.out and "0 open" in told.err and "[supported]" in told.err
    assert draft("--kind", "poem", "--items", "heat-1995") == 1
    assert "unknown kind 'poem'" in capsys.readouterr().err
    assert (
        draft("--kind", "review", "--items", "heat-1995", "--output", str(tmp_path / "a.pdf")) == 1
    )
    assert "Use .md" in capsys.readouterr().err
    assert draft("--kind", "review", "--items", "nope") == 1
    assert draft() == 2


def test_drafts_are_values(studio: Studio) -> None:
    one = studio.draft(brief_of("article", items=ITEMS))
    assert isinstance(one, Draft) and one == studio.draft(brief_of("article", items=ITEMS))
