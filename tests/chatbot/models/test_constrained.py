"""Even a random model gives valid readings."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from chatbot.models.errors import ModelError
from chatbot.models.reading import ModelReading, parse, schema_for
from chatbot.models.settle import settle
from chatbot.understand import Context
from chatbot.values import Understanding

TEXT = "something funny, no horror"


def readings(local: Any, catalogue: Any, count: int) -> list[ModelReading]:
    schema = schema_for(catalogue.schema)

    def one(seed: int) -> ModelReading:
        found = local.invoke(
            [HumanMessage(f"{TEXT} {seed}")],
            json_schema=schema,
            max_tokens=6000,
            temperature=1.5,
            top_p=1.0,
            seed=seed,
            deadline=float("inf"),
        )
        text = str(found.content)
        # Not only repaired into shape: the completion itself is the JSON that was asked for.
        return ModelReading.model_validate_json(text)

    with ThreadPoolExecutor(32) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.parametrize("count", [40, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.timeout(1800)
def test_every_completion_of_a_random_model_is_valid(
    local: Any, catalogue: Any, linker: Any, count: int
) -> None:
    found = readings(local, catalogue, count)
    assert len(found) == count
    assert len({r.intent for r in found}) > 3
    for reading in found:
        for want in reading.wants:
            assert want.facet in {*catalogue.schema.facets, "person", "term"}
        ours = Understanding("recommend")
        settled = settle(TEXT, Context(), ours, reading, linker)
        assert isinstance(settled, Understanding)
        # Random words stand in no message, so a random model convinces nobody.
        assert all(u.preference.source.lower() in TEXT for u in settled.updates)


def test_a_schema_is_compiled_once(local: Any, catalogue: Any) -> None:
    schema = schema_for(catalogue.schema)
    for _ in range(3):
        local.grammars.matcher(schema)
    assert len(local.grammars._compiled) == 1


def test_fields_are_written_in_the_order_of_the_schema(local: Any) -> None:
    flag = {"type": "boolean"}
    schema = {
        "type": "object",
        "properties": {"zebra": flag, "apple": flag},
        "required": ["zebra", "apple"],
        "additionalProperties": False,
    }
    found = str(local.invoke([HumanMessage("x")], json_schema=schema).content)
    assert found.index("zebra") < found.index("apple")


def test_a_schema_that_cannot_be_enforced_is_an_error(local: Any) -> None:
    with pytest.raises(ModelError, match="enforced"):
        local.invoke([HumanMessage("x")], json_schema={"type": "array", "uniqueItems": True})


@pytest.mark.parametrize(
    "text",
    [
        '{"intent":"greet"}',
        'Sure, here it is:\n```json\n{"intent": "greet",}\n```\nAnything else?',
        '{"intent":"greet","wants":[{"stance":"adore","facet":"x","value":"y"}]}',
        '{"intent":"greet","aspect":"a \\"quoted {\\" word"} {"intent":"more"}',
    ],
)
def test_what_servers_say_around_the_json_is_ignored(text: str) -> None:
    reading = parse(text)
    assert reading.intent == "greet"
    assert reading.wants == []


@pytest.mark.parametrize(
    "text", ["", "hello", '{"intent":"greet"', '{"intent":"dance"}', "{}", "[1]"]
)
def test_what_is_no_reading_is_an_error(text: str) -> None:
    with pytest.raises(ModelError):
        parse(text)
