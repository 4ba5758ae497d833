"""Adapters: examples from what is stored, trained on the spot, loaded by a setting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chatbot.errors import InputError
from chatbot.models.loading import LocalOptions, load_weights
from chatbot.models.reader import ReaderPrompt
from chatbot.models.reading import parse, schema_for
from chatbot.models.settle import settle
from chatbot.storage.database import Database
from chatbot.storage.past import conversations
from chatbot.storage.sessions import Feedback, StoredSessions
from chatbot.tuning.encoder import tune_encoder
from chatbot.tuning.examples import Example, Pair, Source
from chatbot.tuning.plan import Plan, apart
from chatbot.tuning.reader import tune_reader
from chatbot.tuning.readings import reading_of
from chatbot.turn import Engine
from chatbot.understand import Context
from chatbot.values import Assert, Reply, Session, Turn
from chatbot.writer import TemplateWriter
from prompts import Message
from retrieval.catalogue import Catalogue
from retrieval.documents import document
from retrieval.embeddings import SentenceEmbedder
from retrieval.items import Item
from retrieval.query import Query, Ranking

TEXTS = [
    "I loved Alien, no comedy please",
    "films by Ridley Scott after 1990",
    "想看喜剧，不要恐怖片",
    "under 100 minutes, I have seen Toy Story",
    "what is the second one about?",
    "anything but horror",
    "give me three comedies",
]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other on a busy machine take minutes for these small models."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class Nothing:
    def rank(self, query: Query) -> Ranking:
        return Ranking()


@pytest.fixture
def engine(catalogue: Any, embedded: Any) -> Engine:
    return Engine(catalogue, Nothing(), embedded, TemplateWriter())


@pytest.mark.parametrize("text", TEXTS)
def test_what_was_understood_survives_being_written_and_read(
    text: str, catalogue: Any, embedded: Any, linker: Any
) -> None:
    """reading_of, then the grammar's own parser and the linker, gives the same beliefs."""
    context = Context(listed=("alien", "hero", "toy-story"))
    u = embedded.read(text, context)
    reading = parse(reading_of(u, context, catalogue))
    again = settle(text, context, u, reading, linker)
    assert again.intent == u.intent
    assert again.items == u.items
    alone = settle(text, context, embedded.read("", context), reading, linker)
    told = {x.preference.key: x.preference.stance for x in u.updates if isinstance(x, Assert)}
    back = {x.preference.key: x.preference.stance for x in alone.updates if isinstance(x, Assert)}
    assert told == back


def test_the_json_keeps_to_the_schema_of_the_catalogue(catalogue: Any, embedded: Any) -> None:
    import re

    schema: Any = schema_for(catalogue.schema)
    wants = schema["properties"]["wants"]
    kinds = {
        facet: kind["properties"]["value"]
        for kind in wants["items"]["anyOf"]
        for facet in kind["properties"]["facet"]["enum"]
    }
    for text in TEXTS:
        found = json.loads(reading_of(embedded.read(text, Context()), Context(), catalogue))
        assert list(found) == list(schema["properties"])
        for want in found["wants"]:
            assert want["facet"] in kinds, want
            pattern = kinds[want["facet"]].get("pattern", "")
            assert not pattern or re.match(pattern, want["value"]), want


def _held(tmp_path: Path, engine: Engine) -> tuple[Database, StoredSessions]:
    """A database with one conversation of two turns that ended in a love."""
    database = Database.open(tmp_path / "db.sqlite")
    store = StoredSessions(database)
    session = Session("s1", engine.catalogue.name)
    store.create(session)
    for number, text in enumerate(("no horror please", "films by Ridley Scott"), 1):
        u = engine.reader.read(text, Context(turn=number))
        reply = Reply(f"r{number}", "s1", number, "…", "chat")
        store.save(session, Turn(number, text, u, reply))
    store.record(Feedback("f", "s1", engine.catalogue.name, 2, "gladiator", "love"))
    store.record(Feedback("g", "s1", engine.catalogue.name, 2, "alien", "dislike"))
    return database, store


def test_stored_conversations_become_examples(tmp_path: Path, engine: Engine) -> None:
    database, store = _held(tmp_path, engine)
    catalogue = engine.catalogue
    assert [len(t) for _, t in conversations(database, catalogue.name)] == [2]
    source = Source(
        engine, ReaderPrompt(catalogue), database, feedback=store.verdicts(catalogue.name)
    )
    first, second = source.readings()
    assert json.loads(first.answer)["wants"][0] == {
        "stance": "forbid",
        "facet": "genre",
        "value": "Horror",
        "words": "no horror please",
    }
    assert "Ridley Scott" in second.answer
    assert "no horror please" in second.messages[-1].text  # the message before is told
    assert list(source.pairs()) == [
        Pair("no horror please films by Ridley Scott", "gladiator", "s1")
    ]
    database.close()


def test_imported_conversations_and_files_become_examples(tmp_path: Path, engine: Engine) -> None:
    dialogue = {
        "id": "d1",
        "messages": [
            {"role": "user", "content": "no horror please", "items": []},
            {"role": "assistant", "content": "How about Paddington?", "items": ["paddington"]},
            {"role": "user", "content": "great", "items": []},
        ],
        "liked": ["paddington"],
    }
    prompt = ReaderPrompt(engine.catalogue)
    source = Source(engine, prompt, dialogues=(dialogue,))
    assert next(iter(source.readings())).conversation == "d1"
    assert list(source.pairs()) == [Pair("no horror please", "paddington", "d1")]

    given = {"intent": "greet", "language": "en"}
    lines = [
        {"id": "x", "messages": [{"role": "user", "content": "hi there"}], "reading": given},
        {"text": "a bear in London", "item": "Paddington"},
    ]
    file = tmp_path / "given.jsonl"
    file.write_text("\n".join(map(json.dumps, lines[:1])), encoding="utf-8")
    (one,) = Source(engine, prompt, files=(file,)).readings()
    assert parse(one.answer).intent == "greet"
    file.write_text(json.dumps(lines[1]), encoding="utf-8")
    assert [p.item for p in Source(engine, prompt, files=(file,)).pairs()] == ["paddington"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nonsense", "line 1 is not JSON"),
        ("[]", "is not a JSON object"),
        ('{"messages": []}', "messages is missing"),
        ('{"messages": [{"role": "user"}]}', "role and a content"),
        ('{"messages": [{"role": "user", "content": "x"}], "reading": {}}', "reading"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, engine: Engine, line: str, says: str) -> None:
    file = tmp_path / "given.jsonl"
    file.write_text(line, encoding="utf-8")
    source = Source(engine, ReaderPrompt(engine.catalogue), files=(file,))
    with pytest.raises(InputError, match=says):
        list(source.readings())
    with pytest.raises(InputError, match="cannot be read"):
        list(Source(engine, source.prompt, files=(tmp_path / "none",)).pairs())


def test_whole_conversations_are_kept_apart() -> None:
    found = [Pair(str(n), "a", f"c{n // 4}") for n in range(40)]
    learn, held = apart(found, lambda p: p.conversation, 1)
    assert len(learn) + len(held) == 40
    assert not {p.conversation for p in learn} & {p.conversation for p in held}
    with pytest.raises(InputError, match="20 from several"):
        apart(found[:19], lambda p: p.conversation, 1)


def _asked(count: int) -> list[Example]:
    """Conversations whose right answer follows from one word."""
    return [
        Example(
            (Message("user", f"{'funny' if n % 2 else 'scary'} film {n % 5}"),),
            '{"intent":"greet"}' if n % 2 else '{"intent":"reset"}',
            f"c{n}",
        )
        for n in range(count)
    ]


def test_a_reader_is_tuned_saved_and_loaded(tmp_path: Path, saved: Path) -> None:
    """The adapter lowers the loss on unseen conversations, and serves by the setting."""
    import torch

    target = tmp_path / "adapters" / "reader"
    plan = Plan(rank=8, epochs=4, rate=2e-2, batch=8)
    tuned = tune_reader(LocalOptions(str(saved), device="cpu"), _asked(60), target, plan)
    assert tuned.after < 0.5 * tuned.before
    assert tuned.path == target
    assert json.loads((target / "tuned.json").read_text())["examples"] == tuned.examples
    assert not list(target.parent.glob("*.partial"))

    plain, tokenizer = load_weights(saved, LocalOptions(str(saved)), "cpu")
    ours, _ = load_weights(saved, LocalOptions(str(saved), adapter=str(target)), "cpu")
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": "funny film 3"}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    texts = []
    for model in (plain, ours):
        with torch.no_grad():
            out = model.generate(**prompt, max_new_tokens=12, do_sample=False)
        texts.append(
            tokenizer.decode(out[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True)
        )
    assert texts[1].startswith('{"intent":"greet"}')
    assert texts[0] != texts[1]


def test_an_adapter_that_is_no_better_is_not_written(tmp_path: Path, saved: Path) -> None:
    target = tmp_path / "reader"
    target.mkdir()
    (target / "mine").write_text("kept")
    plan = Plan(rank=1, epochs=1, rate=1e30, batch=8)  # it diverges
    tuned = tune_reader(LocalOptions(str(saved), device="cpu"), _asked(40), target, plan)
    assert not tuned.after < tuned.before
    assert tuned.path is None
    assert [p.name for p in target.iterdir()] == ["mine"]


def test_examples_too_long_are_refused_with_the_remedy(tmp_path: Path, saved: Path) -> None:
    with pytest.raises(InputError, match="--longest"):
        tune_reader(
            LocalOptions(str(saved), device="cpu"), _asked(40), tmp_path / "x", Plan(longest=5)
        )


def test_an_encoder_is_tuned_saved_and_loaded(tmp_path: Path, catalogue: Any) -> None:
    """Words that mean nothing to the encoder are learned to mean one film each."""
    names = ["zub", "quorl", "vexi", "plomp", "grint", "yarv", "skoob", "twill", "fnord", "dax"]
    pairs = [
        Pair(f"{word} {n}", item.id, f"c{word}{n}")
        for word, item in zip(names, catalogue.items, strict=True)
        for n in range(8)
    ]
    target = tmp_path / "encoder"
    plan = Plan(rank=8, epochs=3, rate=2e-3, batch=16)
    whole = _with_fillers(catalogue)
    tuned = tune_encoder(SentenceEmbedder(device="cpu"), whole, pairs, target, plan)
    assert tuned.after > tuned.before
    plain = SentenceEmbedder(device="cpu")
    ours = SentenceEmbedder(device="cpu", adapter=str(target))
    assert ours.name.startswith(plain.name + "+")
    texts = [f"{word} 3" for word in names]
    documents = [document(item, whole.schema) for item in whole.items[:10]]
    right = np.arange(len(names))
    found = [(e.embed(texts) @ e.embed(documents).T).argmax(axis=1) == right for e in (plain, ours)]
    assert found[1].sum() >= found[0].sum() + 4
    # Asked one by one the adapted model answers too, not the quick one without the adapter.
    assert np.allclose(ours.embed(texts[:1]), ours.embed(texts)[:1], atol=1e-4)


def _with_fillers(catalogue: Any) -> Catalogue:
    """So many more items that the ten nearest are not all of them."""
    fill = tuple(
        Item(f"filler-{n}", f"Filler {n}", {"overview": f"A quiet story number {n}."})
        for n in range(25)
    )
    return Catalogue("all", (*catalogue.items, *fill), catalogue.schema)


def test_a_missing_adapter_is_named() -> None:
    with pytest.raises(RuntimeError, match="tune encoder"):
        SentenceEmbedder(adapter="/nowhere")


def test_the_command_says_what_was_gained(
    tmp_path: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the command line: lines of a file, the shipped catalogue, an adapter that serves."""
    from typer.testing import CliRunner

    from chatbot.cli import app

    file = tmp_path / "given.jsonl"
    file.write_text(
        "\n".join(
            json.dumps(
                {
                    "id": f"c{n}",
                    "messages": [{"role": "user", "content": f"word {n % 4}"}],
                    "reading": {"intent": "greet" if n % 2 else "thanks", "language": "en"},
                }
            )
            for n in range(24)
        ),
        encoding="utf-8",
    )
    items = tmp_path / "items.jsonl"
    items.write_text(
        "\n".join(
            json.dumps({"id": str(n), "title": f"Thing {n}", "genres": ["A", "B"][n % 2]})
            for n in range(6)
        ),
        encoding="utf-8",
    )
    monkeypatch.setenv("SOMMELIER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SOMMELIER_EMBEDDER", "hash")
    run = CliRunner()
    assert run.invoke(app, ["import", str(items), "--name", "things"]).exit_code == 0
    arguments = ["tune", "reader", "--model", str(saved), "--catalogue", "things"]
    arguments += ["--from", str(file), "--epochs", "1", "--rate", "0.01", "--device", "cpu"]
    done = run.invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "kept out: loss per token" in done.output
    assert f"SOMMELIER_LLM=local:{saved}" in done.output
    assert (tmp_path / "data" / "adapters" / "things" / "reader" / "tuned.json").is_file()
    refused = run.invoke(app, ["tune", "encoder", "--catalogue", "things", "--from", str(file)])
    assert isinstance(refused.exception, InputError)
