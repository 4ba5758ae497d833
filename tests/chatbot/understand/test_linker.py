import pytest

from chatbot.understand import Context
from chatbot.understand.embedded import EmbeddedReader
from chatbot.understand.linker import Linker
from chatbot.understand.spans import Span
from retrieval.catalogue import Catalogue
from retrieval.items import Item
from retrieval.schema import Facet, Schema


@pytest.fixture(scope="module")
def linker(films: Catalogue) -> Linker:
    return Linker(films)


def titles(spans: tuple[Span, ...]) -> list[str]:
    return [s.items[0] for s in spans if s.kind == "title"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I loved Spirited Away", ["spirited-away-2001"]),
        ("i loved spirited away", ["spirited-away-2001"]),
        ("have you seen spirted away", ["spirited-away-2001"]),
        ("the godfather part 2 is great", ["the-godfather-part-ii-1974"]),
        ("I saw Godfather II", ["the-godfather-part-ii-1974"]),
        ("我喜欢《千与千寻》", ["spirited-away-2001"]),
        ("想看类似霸王别姬的", ["farewell-my-concubine-1993"]),
        ("I want to see Up", ["up-2009"]),
        ('Is "Her" any good?', ["her-2013"]),
        ("spiderman was fun", ["spider-man-2002"]),
        ("what's up with her?", []),
        ("happy holidays, it is late", []),
        ("a heat wave is coming", []),
    ],
)
def test_titles(linker: Linker, text: str, expected: list[str]) -> None:
    assert titles(linker.spans(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("with Tom Hanks", ["Tom Hanks"]),
        ("with tom hanks", ["Tom Hanks"]),
        ("Leonardo Dicapprio films", ["Leonardo DiCaprio"]),
        ("anything by Kubrick", ["Stanley Kubrick"]),
        ("some nolan films", ["Christopher Nolan"]),
        ("王家卫的电影", ["Wong Kar-wai"]),
        ("I hope it is white and black", []),
    ],
)
def test_people(linker: Linker, text: str, expected: list[str]) -> None:
    assert [s.name for s in linker.spans(text) if s.kind == "person"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a romcom", {("genre", "Comedy"), ("genre", "Romance")}),
        ("some sci-fi", {("genre", "Sci-Fi")}),
        ("a comdedy", {("genre", "Comedy")}),
        ("科幻片", {("genre", "Sci-Fi")}),
        ("cool, thanks, I'm happy with that", set()),
        ("I love my family", set()),
    ],
)
def test_values(linker: Linker, text: str, expected: set[tuple[str, str]]) -> None:
    found = {
        (r.facet, v)
        for s in linker.spans(text)
        if s.kind == "value"
        for r in s.readings
        for v in r.values
    }
    assert found == expected


def test_unknown_names_are_reported(linker: Linker) -> None:
    spans = linker.spans('Have you seen "Xyzzy Returns"? Or something by Ludwig Zorn')
    assert [s.name for s in spans if s.kind == "unknown"] == ["Xyzzy Returns", "Ludwig Zorn"]


def test_a_year_settles_homonyms() -> None:
    items = [Item("old", "Dune", {"year": 1984.0}), Item("new", "Dune", {"year": 2021.0})]
    linker = Linker(Catalogue("c", items, Schema({"year": Facet("year", "number")})))
    (span,) = linker.spans("I liked Dune (1984)")
    assert span.items == ("old",) and span.others == ()
    (span,) = linker.spans("I liked Dune")
    assert set(span.others) == {"old", "new"}


def test_popularity_settles_homonyms() -> None:
    items = [
        Item("small", "Dune", {"popularity": 3.0}),
        Item("big", "Dune", {"popularity": 9000.0}),
    ]
    schema = Schema({"popularity": Facet("popularity", "number")})
    (span,) = Linker(Catalogue("c", items, schema)).spans("I liked Dune")
    assert span.items[0] == "big" and span.others == ()


def test_any_domain_links_by_its_schema() -> None:
    schema = Schema(
        {
            "brand": Facet("brand", "category"),
            "color": Facet("color", "category", value_labels={"Red": {"zh": "红色"}}),
            "author": Facet("author", "category", role="person"),
        }
    )
    items = [
        Item("1", "Trail Runner 2", {"brand": ("Acme",), "color": ("Red",), "author": ("Ann Poe",)})
    ]
    linker = Linker(Catalogue("shop", items, schema))
    facets = {
        (r.facet, v) for s in linker.spans("红色的 Acme") for r in s.readings for v in r.values
    }
    assert facets == {("color", "Red"), ("brand", "Acme")}


def test_twins_are_no_choice_and_a_capital_speaks_for_a_title() -> None:
    schema = Schema(
        {
            "keyword": Facet("keyword", "category", many=True),
            "year": Facet("year", "number"),
            "votes": Facet("votes", "number"),
        }
    )
    items = [
        Item("1", "Bridesmaids", {"year": 2011.0, "keyword": ("bridesmaid",), "votes": 50.0}),
        Item("2", "Bridesmaids", {"year": 2011.0, "keyword": ("bridesmaid",), "votes": 50.0}),
        Item("3", "Carrie", {"year": 1976.0}),
        Item("4", "Carrie", {"year": 2013.0}),
        *(
            Item(str(n), f"Other {n}", {"year": 1990.0, "keyword": ("bridesmaid",), "votes": 10.0})
            for n in range(5, 13)
        ),
    ]
    reader = EmbeddedReader(Catalogue("c", items, schema))
    u = reader.read("my wife wants Bridesmaids tonight", Context())
    assert [m.facet for m in u.mentions] == ["title"] and not u.ambiguous
    assert set(reader.read("I liked Carrie", Context()).ambiguous) == {"3", "4"}
