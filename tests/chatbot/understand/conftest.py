import json
from pathlib import Path

import pytest

from chatbot.importing.rows import item_from
from chatbot.importing.schemas import read_schema
from chatbot.understand.embedded import EmbeddedReader
from retrieval.catalogue import Catalogue

FILMS = Path(__file__).parents[3] / "catalogues" / "films"


@pytest.fixture(scope="session")
def films() -> Catalogue:
    schema = read_schema(FILMS / "schema.toml")
    lines = (FILMS / "items.jsonl").read_text(encoding="utf-8").splitlines()
    return Catalogue("films", [item_from(json.loads(line), schema) for line in lines], schema)


@pytest.fixture(scope="session")
def reader(films: Catalogue) -> EmbeddedReader:
    return EmbeddedReader(films)
