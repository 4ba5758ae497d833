"""A shop's help pages whose right answers are known, with an assistant over them; no model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatbot import Assistant
from chatbot.engines import Engines
from chatbot.importing.command import run_import
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from chatbot.storage.sessions import MemorySessions

HELP = """---
title: Help
url: https://shop.example/help
---
# Help

## Returns

### How do I return an item?
Start the return in your account and print the label:

- Open “Orders” and choose the item.
- Print the label.
- Drop the parcel at a post office.

### When do I get my refund?
We refund within 5 working days of receiving the goods.

## Shipping

### How long does delivery take?
Standard delivery takes 3 to 5 working days.

### What does shipping cost?
Shipping costs 6 dollars and is free from 75 dollars.

### Do you ship to Canada?
We ship to Canada. Customs fees are paid by the customer.

## Damaged goods
If something arrives torn or broken, send a photo within 14 days. We send a replacement.

## Do students get a discount?
Students get 10% off with a student card.
"""

HELP_ZH = """# 帮助

## 怎么退货？
在“我的订单”里申请退货，打印面单后寄回。

## 退款多久到账？
收到商品后5个工作日内原路退款。

## 运费多少？
运费6元，满75元包邮。
"""

ITEMS = "id,title,category,description\n" + "".join(
    f"{n},{title},{category},{text}\n"
    for n, (title, category, text) in enumerate(
        [
            ("Trail Boot", "shoes", "sturdy boots for rough trails"),
            ("City Shoe", "shoes", "light shoes for the street"),
            ("Storm Jacket", "jackets", "a waterproof jacket for rain"),
            ("Warm Vest", "jackets", "a warm vest for cold days"),
            ("Big Tent", "tents", "a tent for four people"),
            ("Small Tent", "tents", "a light tent for one"),
        ]
    )
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CatalogueStore]:
    database = Database.open(tmp_path / "sommelier.db")
    yield CatalogueStore(database)
    database.close()


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A folder of help pages in both languages."""
    folder = tmp_path / "help"
    folder.mkdir()
    (folder / "help.md").write_text(HELP, encoding="utf-8")
    (folder / "help.zh.md").write_text(HELP_ZH, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Assistant]]:
    """Makes assistants over "store" (items and help) and "desk" (help alone)."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "items.csv").write_text(ITEMS, encoding="utf-8")
    (folder / "help.md").write_text(HELP, encoding="utf-8")
    (folder / "help.zh.md").write_text(HELP_ZH, encoding="utf-8")
    settings = Settings.read({}, data_dir=folder, llm="none", embedder="", catalogue="store")
    database = Database.open(settings.database_where)
    catalogues = CatalogueStore(database)
    help_files = [folder / "help.md", folder / "help.zh.md"]
    with (folder / "out").open("w") as out:
        run_import(catalogues, "store", [folder / "items.csv"], knowledge=help_files, out=out)
        run_import(catalogues, "desk", knowledge=help_files, out=out)
    engines = Engines(settings, database)
    yield lambda: Assistant(engines.settings, MemorySessions(), engines)
    engines.close()
    database.close()
