"""Learning from use: reactions move the next list at once, and what is logged is the truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chatbot import Assistant
from chatbot.engines import Engines
from chatbot.errors import InputError
from chatbot.learning import LEAST, Chooser, ignored, impressions, start
from chatbot.learning.estimates import evaluate, readable
from chatbot.learning.log import listed
from chatbot.learning.train import (
    BANDIT,
    WEIGHTS,
    learn_from_use,
    load_bandit,
    load_ranking,
    serving,
    told,
)
from chatbot.storage.database import Database
from chatbot.storage.sessions import Feedback, MemorySessions, StoredSessions
from chatbot.storage.uses import Use
from chatbot.values import Card, Reply, Session, Turn, Understanding
from retrieval import learned
from retrieval.catalogue import Catalogue
from retrieval.query import Query
from retrieval.rerank import Weights
from retrieval.strategies import CONTEXT, NAMES, context


@pytest.fixture
def sessions() -> MemorySessions:
    return MemorySessions()


@pytest.fixture
def exploring(engines: Engines, sessions: MemorySessions) -> Assistant:
    """An assistant that leaves every list to chance."""
    settings = engines.settings.but(explore=1.0)
    return Assistant(settings, sessions, engines, rng=np.random.default_rng(3))


def kin(cards: tuple[Card, ...], other: str, catalogue: Catalogue) -> float:
    """How much a list has in common with an item, by genre, mood, theme and people."""
    names = ("genre", "mood", "theme", "director", "cast")
    mine = {(n, v) for n in names for v in catalogue[other].values(n)}
    return float(
        np.mean([len(mine & {(n, v) for n in names for v in catalogue[c.id].values(n)})
                 for c in cards])
    )  # fmt: skip


def test_verdicts_move_the_next_list_and_love_more_than_like(assistant: Assistant) -> None:
    catalogue = assistant.catalogue()
    near: dict[str, list[float]] = {}
    pull: dict[str, list[float]] = {}
    for verdict in ("none", "love", "like", "dislike"):
        for number, opening in enumerate(("I want comedies", "I want dramas", "想看科幻电影")):
            session = f"{verdict}{number}"
            first = assistant.reply(opening, session=session)
            target = first.cards[1].id
            if verdict != "none":
                assistant.feedback(session, target, verdict)  # type: ignore[arg-type]
            following = assistant.reply("more", session=session)
            assert target not in {c.id for c in following.cards}
            near.setdefault(verdict, []).append(kin(following.cards, target, catalogue))
            because = [
                r.value
                for card in following.cards
                for r in card.reasons
                if r.signal == "similar" and r.detail.get("because") == target
            ]
            pull.setdefault(verdict, []).append(max(because, default=0.0))
    love, like, none, dislike = (
        float(np.mean(near[v])) for v in ("love", "like", "none", "dislike")
    )
    assert min(love, like) > none > dislike
    assert love > 1.5 * none
    assert np.mean(pull["love"]) > 1.1 * np.mean(pull["like"]) > 0


def test_words_about_an_item_do_what_buttons_do(assistant: Assistant) -> None:
    catalogue = assistant.catalogue()
    said: dict[str, float] = {}
    for words in ("I love the second one, more", "more", "我很喜欢第二部，再来几部"):
        first = assistant.reply("I want thrillers", session=words)
        following = assistant.reply(words, session=words)
        said[words] = kin(following.cards, first.cards[1].id, catalogue)
    assert said["I love the second one, more"] > said["more"]
    assert said["我很喜欢第二部，再来几部"] > said["more"]


def test_what_is_ignored_twice_loses_a_little_and_a_word_stops_it(assistant: Assistant) -> None:
    first = assistant.reply("I want comedies", session="s")
    session = assistant.session("s")
    assert ignored(session, session.profile) == ()
    assistant.feedback("s", first.cards[0].id, "like")
    assistant.reply("more", session="s")
    session = assistant.session("s")
    passed = {item for item, _ in ignored(session, session.profile)}
    assert first.cards[0].id not in passed
    assert first.cards[1].id in passed
    assert len(passed) == 9
    assistant.reply("start over", session="s")
    session = assistant.session("s")
    assert ignored(session, session.profile) == ()


def test_by_default_nothing_is_left_to_chance(engines: Engines, sessions: MemorySessions) -> None:
    assert engines.settings.explore == 0
    assistant = Assistant(engines.settings, sessions, engines)
    ids = [[c.id for c in assistant.reply("I want comedies", session=s).cards] for s in ("a", "b")]
    assert ids[0] == ids[1]
    (one, _) = sessions.uses("films")
    assert one.use.probabilities == {"steady": 1.0}
    assert [x.propensity for x in impressions(one.use)] == [1.0] * 5
    assert {x.strategy for x in impressions(one.use)} == {"steady"}
    assert set(one.use.signals[0]) >= {"wish", "quality"}


def test_logged_propensities_are_how_often_it_really_happens(
    exploring: Assistant, sessions: MemorySessions
) -> None:
    times = 100
    for number in range(times):
        exploring.reply("I want comedies", session=str(number))
    uses = [used.use for used in sessions.uses("films")]
    assert len(uses) == times
    happened = Counter(use.strategy for use in uses)
    for name in NAMES:
        expected = float(np.mean([use.probabilities[name] for use in uses]))
        assert happened[name] / times == pytest.approx(expected, abs=0.13)
    places = Counter((place, item) for use in uses for place, item in enumerate(use.items))
    for use in uses[:20]:
        for shown in impressions(use):
            seen = places[shown.position, shown.item] / times
            assert shown.propensity == pytest.approx(seen, abs=0.16)
            assert shown.propensity >= use.probabilities[use.strategy] - 1e-9
    assert any(use.items != uses[0].items for use in uses)


def test_the_share_left_alone_is_steady() -> None:
    chooser = Chooser(0.2, np.random.default_rng(1))
    drawn = [chooser.choose(Query(), start()) for _ in range(2000)]
    steady = float(np.mean([one.strategy == "steady" for one in drawn]))
    assert steady == pytest.approx(0.8 + 0.2 / 4, abs=0.03)
    for one in drawn[:50]:
        assert sum(one.probabilities.values()) == pytest.approx(1)
        assert one.probabilities["steady"] >= 0.8


@pytest.mark.parametrize("share", [0.01, 0.1, 1.0])
def test_every_strategy_keeps_a_chance_however_sure_the_bandit_is(share: float) -> None:
    known = np.tile(context(Query()), (500, 1))
    sure = start().learned(["crowd"] * 500, known, np.ones(500))
    sure = sure.learned(["steady"] * 500, known, np.zeros(500))
    drawn = Chooser(share, np.random.default_rng(1)).choose(Query(), sure)
    least = min(LEAST, share / len(NAMES))
    assert min(drawn.probabilities.values()) >= 0.999 * least
    assert drawn.probabilities["crowd"] > share / 2 or share <= 0.1


def test_limits_hold_whatever_is_tried(exploring: Assistant) -> None:
    for number in range(12):
        shown: list[str] = []
        for text in ("sci-fi from the 80s, no horror", "more", "more"):
            for card in exploring.reply(text, session=str(number)).cards:
                item = exploring.item(card.id)
                assert "Horror" not in item.values("genre")
                assert "Sci-Fi" in item.values("genre")
                assert 1980 <= (item.number("year") or 0) <= 1989
                shown.append(card.id)
        assert len(shown) == len(set(shown))


def test_the_same_list_again_keeps_its_way_to_rank(
    exploring: Assistant, sessions: MemorySessions
) -> None:
    for number in range(8):
        first = exploring.reply("I want comedies", session=str(number))
        again = exploring.refresh(str(number))
        assert again.strategy == first.strategy
        last = sessions.uses("films", str(number))[-1].use
        assert last.probabilities == {first.strategy: 1.0}


def test_measuring_is_never_left_to_chance(exploring: Assistant, sessions: MemorySessions) -> None:
    exploring.reply("I want comedies", session="s", k=10)
    assert sessions.uses("films")[0].use.probabilities == {"steady": 1.0}


def test_the_log_holds_what_was_pressed_and_what_was_said(
    assistant: Assistant, engines: Engines
) -> None:
    kept = MemorySessions()
    assistant = Assistant(engines.settings, kept, engines)
    first = assistant.reply("I want comedies", session="s")
    assistant.feedback("s", first.cards[0].id, "love")
    assistant.reply("the second one was terrible", session="s")
    second = assistant.reply("more", session="s")
    assert second.action == "recommend"
    assistant.reply("I'll take the first one", session="s")
    lists = listed(kept, "films")
    verdicts = {
        item: verdict
        for one in lists
        for item, verdict in zip(one.used.use.items, one.verdicts, strict=True)
        if verdict
    }
    assert verdicts[first.cards[0].id] == "love"
    assert verdicts[first.cards[1].id] == "dislike"
    assert verdicts[second.cards[0].id] == "love"
    assert lists[0].reward == pytest.approx(0.6)


def test_erase_and_export_know_the_log(tmp_path: Path, engines: Engines) -> None:
    database = Database.open(tmp_path / "s.db")
    kept = StoredSessions(database)
    assistant = Assistant(engines.settings, kept, engines)
    mine = assistant.create_session(user="u").id
    other = assistant.create_session(user="v").id
    for session in (mine, other):
        assistant.reply("I want comedies", session=session)
    (exported,) = assistant.export("u")["sessions"]
    assert exported["lists"][0]["use"]["strategy"] == "steady"
    kept.erase("u")
    assert [used.session for used in kept.uses("films")] == [other]
    database.close()


def test_train_learns_the_strategy_that_pays(
    exploring: Assistant, sessions: MemorySessions, tmp_path: Path
) -> None:
    for number in range(80):
        reply = exploring.reply("I want comedies", session=str(number))
        if reply.strategy == "crowd":
            exploring.feedback(str(number), reply.cards[0].id, "love")
    settings = exploring.settings.but(data_dir=tmp_path)
    lesson = learn_from_use(settings, sessions, "films")
    assert lesson.lists == 80
    believed = load_bandit(settings, "films")
    assert believed is not None
    context = sessions.uses("films")[0].use.context
    assert NAMES[int(believed.means(context).argmax())] == "crowd"
    chances = believed.probabilities(context, np.random.default_rng(1))
    assert chances[NAMES.index("crowd")] > 0.6
    assert "shipped weights serve" in told(lesson)
    assert not (tmp_path / "models/films" / WEIGHTS).exists()
    assert load_ranking(settings, "films") is None
    assert "80 lists learned" in serving(settings, "films")


def test_learned_weights_serve_and_damaged_ones_are_put_aside(
    engines: Engines, tmp_path: Path
) -> None:
    settings = engines.settings.but(data_dir=tmp_path)
    folder = tmp_path / "models" / "films"
    folder.mkdir(parents=True)
    changed = replace(Weights(), quality=0.6)
    learned.save(changed, folder / WEIGHTS, {"lists": 400})
    assert load_ranking(settings, "films") == changed
    assert "learned from use (quality)" in serving(settings, "films")
    (folder / WEIGHTS).write_text("{", encoding="utf-8")
    (folder / BANDIT).write_bytes(b"PK")
    assert load_ranking(settings, "films") is None
    assert load_bandit(settings, "films") is None
    assert sorted(p.suffix for p in folder.iterdir()) == [".damaged", ".damaged"]
    assert "shipped weights" in serving(settings, "films")


def by_hand(lists: int, *, alike: bool = False) -> MemorySessions:
    """A log in which "fresh" pleases and nothing else does; with `alike` "crowd" shows the same
    list as "fresh".
    """
    rng = np.random.default_rng(4)
    kept = MemorySessions()
    chances = {"steady": 0.4, "explore-adjacent": 0.2, "fresh": 0.2, "crowd": 0.2}
    rivals = {name: (name, "x") for name in NAMES} | ({"crowd": ("fresh", "x")} if alike else {})
    for number in range(lists):
        session = Session(str(number), "films")
        kept.create(session)
        drawn = str(rng.choice(NAMES, p=list(chances.values())))
        use = Use(rivals[drawn], drawn, chances, rivals, tuple(np.ones(len(CONTEXT)).tolist()))
        reply = Reply("r", session.id, 1, "", "recommend")
        kept.save(session, Turn(1, "", Understanding("recommend"), reply), (), use)
        if use.items[0] == "fresh":
            kept.record(Feedback(f"f{number}", session.id, "films", 1, "fresh", "love"))
    return kept


def test_a_policy_is_judged_by_the_log() -> None:
    figures = evaluate(by_hand(700), "films", None, None, 1)
    means = {name: found["dr"]["mean"] for name, found in figures["targets"].items()}
    assert means["fresh"] == pytest.approx(1.0, abs=0.1)
    for name in ("steady", "explore-adjacent", "crowd"):
        assert means[name] == pytest.approx(0.0, abs=0.1)
    assert means["bandit"] > 0.8 > figures["logged"]["mean"]
    assert "doubly robust" in readable(figures)


def test_the_same_list_is_the_same_action_whoever_made_it() -> None:
    apart, alike = (
        evaluate(by_hand(700, alike=same), "films", "fresh", None, 1)["targets"]["fresh"]
        for same in (False, True)
    )
    assert alike["snips"]["mean"] == pytest.approx(1.0)
    assert alike["ips"]["effective"] > 1.7 * apart["ips"]["effective"]
    crowd = evaluate(by_hand(700, alike=True), "films", "crowd", None, 1)["targets"]["crowd"]
    assert crowd["ips"]["mean"] == pytest.approx(alike["ips"]["mean"])


def test_too_short_a_log_is_refused_with_what_to_do() -> None:
    kept = by_hand(40)
    with pytest.raises(InputError, match="at least 50") as refused:
        evaluate(kept, "films", "crowd", None, 1)
    assert "SOMMELIER_EXPLORE" in refused.value.hint
    figures = evaluate(kept, "films", None, None, 1)
    assert "refused" in figures["targets"]["crowd"]
    assert "nothing can be said" in readable(figures)


def test_a_log_without_chance_cannot_judge(assistant: Assistant, engines: Engines) -> None:
    kept = MemorySessions()
    assistant = Assistant(engines.settings, kept, engines)
    assistant.reply("I want comedies", session="s")
    with pytest.raises(InputError, match="none was left to chance"):
        evaluate(kept, "films", None, None, 1)
    with pytest.raises(InputError, match="unknown strategy"):
        evaluate(kept, "films", "loud", None, 1)


def test_the_situation_weighs_softly_and_is_told(assistant: Assistant) -> None:
    plain = assistant.reply("I want comedies", session="a")
    kids = assistant.reply("I want comedies", session="b", context={"company": "kids"})

    def family(ids: list[str]) -> int:
        return sum(
            bool({"Family", "Animation"} & set(assistant.item(i).values("genre"))) for i in ids
        )

    assert family([c.id for c in kids.cards]) > family([c.id for c in plain.cards])
    assert any("since you are with kids" in r.text for c in kids.cards for r in c.reasons)
    again = assistant.reply("more", session="b")
    assert any(r.signal == "context" for c in again.cards for r in c.reasons)
    late = assistant.reply("想看喜剧", session="c", context={"time_of_day": "night"})
    assert any("因为已经很晚" in r.text for c in late.cards for r in c.reasons)
    with pytest.raises(InputError, match="unknown context"):
        assistant.reply("I want comedies", session="d", context={"weather": "rain"})
    with pytest.raises(InputError, match="unknown company"):
        assistant.reply("I want comedies", session="d", context={"company": "wolves"})
