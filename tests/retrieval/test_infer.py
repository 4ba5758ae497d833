"""What a table shows without a schema: names, kinds, units, levels, languages, domain."""

import pytest

from retrieval.columns import look, missing, parts, unmarked
from retrieval.headers import read_header, read_headers
from retrieval.infer import Domain, Inference, infer
from retrieval.quantities import Quantity, in_unit, is_date, quantity, year_of
from retrieval.schema import Facet

KNOWN = {
    f.name: f
    for f in (
        Facet("genre", "category", columns=("genres", "类型"), many=True, labels={"en": "genre"}),
        Facet("director", "category", "person", ("director", "导演"), many=True),
        Facet("year", "number", columns=("year", "年份"), more=("newer",)),
        Facet("runtime", "number", columns=("runtime", "duration"), unit="minutes"),
        Facet(
            "price", "number", columns=("price", "人均消费"), labels={"en": "price", "zh": "价格"}
        ),
        Facet("rating", "number", columns=("rating", "average_rating", "评分")),
        Facet("level", "category", columns=("level",)),
        Facet("overview", "text", columns=("description", "summary", "简介")),
        Facet("address", "text", columns=("address", "地址")),
        Facet("url", "link", columns=("url",)),
        Facet("image", "link", columns=("image",)),
    )
}
DOMAINS = [
    Domain("books", frozenset({"book", "books"}), frozenset({"author", "isbn"}), {"en": "book"},
           {"en": "books"}, {"en": "read"}),
    Domain("places", frozenset({"餐馆"}), frozenset({"人均消费", "推荐菜"}), {"zh": "餐馆"},
           {"zh": "餐馆"}, {"zh": "去"}),
]  # fmt: skip


def seen(hint: str = "", rows: int = 12, given=None, ignore=(), **columns) -> Inference:
    """Infer from columns given as a function of the row's number, or as a list that repeats."""
    table = [
        {
            name.replace("__", " "): values(n) if callable(values) else values[n % len(values)]
            for name, values in columns.items()
        }
        for n in range(rows)
    ]
    return infer(table, KNOWN, DOMAINS, hint=hint, given=given, ignore=ignore)


def facet(**column) -> Facet:
    """The facet that one column besides id and title becomes."""
    found = seen(id=lambda n: f"k{n}", title=lambda n: f"Title {n} of many", **column)
    (made,) = found.schema.facets.values()
    return made


@pytest.mark.parametrize(
    ("values", "kind", "unit"),
    [
        ([1, 2.5, 3], "number", ""),
        (["$12.99", "$1,200", "Free"], "number", "USD"),
        (["12.99 USD", "8 USD", "n/a"], "number", "USD"),
        (["￥88", "人均 88元", "120元"], "number", "CNY"),
        (["120 min", "1h 45m", "2小时30分钟"], "number", "minutes"),
        (["350 g", "1.2 kg", "90 g"], "number", "g"),
        (["yes", "no", "yes"], "flag", ""),
        ([True, False, None], "flag", ""),
        (["是", "否"], "flag", ""),
        (["https://a.org/1", "https://a.org/2"], "link", ""),
        (["red", "green", "blue", "red"], "category", ""),
        (["00123", "00124", "00123"], "category", ""),
        (["3 - 6 months", "1 - 3 months"], "category", ""),
    ],
)
def test_kinds_and_units(values, kind, unit):
    made = facet(colour__or__so=values)
    assert (made.kind, made.unit) == (kind, unit)


def test_prose_is_text():
    sentence = "A long sentence that nobody would call a category, number"
    assert facet(notes=lambda n: f"{sentence} {n}.").kind == "text"


@pytest.mark.parametrize(
    ("values", "separator", "first"),
    [
        (["Crime|Drama", "Drama", "Crime|War"], "|", ["Crime", "Drama"]),
        (["Crime;Drama", "Drama;War", "Crime"], ";；", ["Crime", "Drama"]),
        (["犯罪、剧情", "剧情、战争", "犯罪"], "、", ["犯罪", "剧情"]),
        (["Crime / Drama", "Drama / War", "War"], " / ", ["Crime", "Drama"]),
        (["Crime, Drama", "Drama, War", "Crime"], ",，", ["Crime", "Drama"]),
        (["['Crime', 'Drama']", "['War']", "[]"], None, ["Crime", "Drama"]),
        (['["Crime", "Drama"]', '["War"]'], None, ["Crime", "Drama"]),
        ([[{"id": 1, "name": "Crime"}, {"id": 2, "name": "Drama"}]], None, ["Crime", "Drama"]),
        ([["Crime", "Drama"], ["War"]], None, ["Crime", "Drama"]),
    ],
)
def test_lists(values, separator, first):
    found = seen(id=lambda n: n, title=lambda n: f"T {n}", genres=values)
    column = found.column("genres")
    assert found.schema.facets["genre"].many
    assert separator in (None, column.separator)
    assert parts(values[0], column.separator) == first


def test_commas_of_prose_and_of_single_values_do_not_part():
    found = seen(
        title=lambda n: f"Title, number {n}, of many",
        maker=lambda n: f"Maker {n % 4}, Inc",
        story=lambda n: f"He came, he saw, he left after {n} days, and never, ever came back.",
    )
    assert not found.schema.facets["maker"].many
    assert found.schema.facets["story"].kind == "text"
    assert found.title == "title"


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["Advanced", "Beginner", "Intermediate", "All Levels"],
         ("Beginner", "Intermediate", "Advanced")),
        (["高级", "初级", "中级"], ("初级", "中级", "高级")),
        (["L", "S", "M", "XL"], ("S", "M", "L", "XL")),
        (["high", "low", "medium"], ("low", "medium", "high")),
        (["$$$", "$", "$$"], ("$", "$$", "$$$")),
        (["red", "green"], ()),
    ],
)  # fmt: skip
def test_levels_are_ordered(values, order):
    assert facet(level=values).order == order


def test_levels_know_their_words_in_both_languages():
    synonyms = facet(level=["Beginner Level", "Expert Level", "All Levels"]).synonyms
    assert {"beginner", "初级"} <= set(synonyms["Beginner Level"])
    assert "expert" in facet(level=["初级", "专家"]).synonyms["专家"]
    assert facet(level=["S", "M"]).synonyms == {"S": ("small", "小号"), "M": ("medium", "中号")}


def test_dates_become_years():
    made = facet(release_date=["2018-01-04", "2017-12-01", "2016-05-05"])
    assert (made.name, made.kind, made.more) == ("year", "number", ("newer",))
    assert facet(updated_at=["2018-01-04T10:00:00", "2017-12-01"]).name == "updated_year"


def test_a_date_beside_a_year_is_left_out():
    found = seen(
        title=lambda n: f"T {n}", year=[1990, 1991], release_date=["1990-01-01", "1991-01-01"]
    )
    assert found.column("release_date").facet == ""
    assert list(found.schema.facets) == ["year"]


def test_headers_in_both_languages_and_any_spelling():
    found = seen(
        片名=lambda n: f"电影 {n}",
        导演=["张艺谋|陈凯歌", "王家卫"],
        Average__Rating=[8.1, 7.2],
        人均消费=[88, 120],
        originalPublicationYear=[1990, 2000],
    )
    assert found.title == "片名"
    assert list(found.schema.facets) == ["director", "year", "price", "rating"]
    price = found.schema.facets["price"]
    assert price.unit == "CNY" and price.labels == {"en": "price", "zh": "人均消费"}
    assert price.columns[0] == "人均消费"
    assert found.schema.people() == ("director",)
    assert found.schema.languages == ("zh",)


def test_labels_follow_the_header():
    assert facet(招牌=["甲", "乙", "甲"]).labels == {"zh": "招牌"}
    assert facet(fabric_types=["silk|wool", "silk|cotton"]).labels == {"en": "fabric type"}
    assert facet(translator=["Ann Lee", "Bo Hu"]).role == "person"


def test_units_in_headers():
    assert (made := facet(**{"Price (EUR)": [3, 4, 5]})).unit == "EUR" and made.name == "price"
    assert (made := facet(duration_hours=[3, 4, 5])).unit == "hours" and made.name == "runtime"
    assert facet(depth_cm=[3, 4, 5]).unit == "cm"


def test_ids_constants_repeats_and_series_are_left_out():
    found = seen(
        rows=25,
        book_id=lambda n: n,
        title=lambda n: f"Title {n} of many",
        name=lambda n: f"Title {n} of many",
        imdb_id=lambda n: f"tt{n:07}",
        isbn=lambda n: f"97800000{n:03}",
        shop=["main"],
        nothing=[None],
        hash_like=lambda n: f"a{n}f3b9c77e{n}",
        stars_1=lambda n: n,
        stars_2=lambda n: 2 * n,
        stars_3=lambda n: 3 * n,
        color=["red", "blue"],
    )
    assert found.id == "book_id" and found.title == "title"
    assert list(found.schema.facets) == ["color"]
    assert found.column("shop").note == "the same in every row: main"
    assert found.column("name").note == "the same as title"
    assert found.column("nothing").note == "empty"
    assert found.column("imdb_id").note == "an identifier"
    assert found.column("stars_2").note == "one of 3 numbered columns"


@pytest.mark.parametrize("header", ["id", "movieId", "asin", "SKU", "product_id", "编号"])
def test_ids_by_header(header):
    found = seen(**{"name": lambda n: f"Thing {n}", header: lambda n: f"B00{n}"})
    assert (found.id, found.title) == (header, "name")


def test_without_id_and_title_columns():
    made = seen(description=lambda n: f"Wool sock {n} - Warm and soft, made for long cold walks.")
    assert (made.id, made.title, made.head) == ("", "", "description")
    short = seen(bezeichnung=lambda n: f"Wanderschuh Modell {n}", preis=[10, 20])
    assert short.title == "bezeichnung"


def test_titles_that_carry_their_year():
    found = seen(movieId=lambda n: n, title=lambda n: f"Film {n} ({1990 + n})")
    assert found.dated and "year" in found.schema.facets
    assert not seen(title=lambda n: f"Film {n} (cut)").dated


def test_the_operator_decides():
    found = seen(
        given={"title": "label", "price": "x", "shelf": "y"},
        ignore=["cost"],
        title=lambda n: f"Title {n}",
        label=lambda n: f"Label {n}",
        x=["10", "20", "30"],
        y=["a", "b"],
        cost=[1, 2],
    )
    assert found.title == "label"
    assert found.schema.facets["price"].columns[0] == "x"
    assert found.schema.facets["shelf"].columns == ("y",)
    assert found.column("cost").note == "left out as told"


def test_columns_that_never_meet_share_a_facet():
    rows = [{"title": f"t{n}", "genres" if n % 2 else "类型": "Drama"} for n in range(10)]
    found = infer(rows, KNOWN)
    assert {"genres", "类型"} <= set(found.schema.facets["genre"].columns)
    both = [
        {"title": f"t{n}", "genres": ["Drama", "War"][n % 2], "类型": ["剧情", "战争"][n % 2]}
        for n in range(10)
    ]
    found = infer(both, KNOWN)
    assert found.column("类型").facet not in ("genre", "")


def test_a_well_known_name_with_other_values():
    assert facet(rating=["PG", "R", "G", "PG"]).kind == "category"
    assert facet(price=["cheap", "dear", "cheap"]).kind == "category"


def test_a_prefix_that_most_headers_share_is_no_part_of_their_names():
    found = seen(
        course_title=lambda n: f"Course {n}",
        course_rating=[4.1, 4.2],
        course_hours=[3, 4],
        course_track=["a", "b"],
    )
    assert found.title == "course_title"
    assert {"rating", "track"} <= set(found.schema.facets)


def test_noun_and_verb_by_name_and_by_columns():
    named = seen(hint="my_books 2024", title=lambda n: f"T {n}")
    assert named.schema.noun == {"en": "book"} and named.schema.verb == {"en": "read"}
    columns = seen(名称=lambda n: f"店 {n}", 人均消费=[1, 2], 推荐菜=["鸭", "鱼"])
    assert columns.schema.domain == "places"
    plain = seen(title=lambda n: f"T {n}")
    assert plain.schema.noun["en"] == "item" and plain.schema.verb["en"] == "choose"


def test_no_rows_and_no_columns():
    assert infer([], KNOWN).schema.facets == {}
    assert infer([{}], KNOWN).title == ""


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("$12.99", 12.99, "USD"), ("US$5", 5, "USD"), ("12,99 €", 12.99, "EUR"),
        ("1.234,56 €", 1234.56, "EUR"), ("£1,000", 1000, "GBP"), ("¥1200円", 1200, "JPY"),
        ("人均 88元", 88, "CNY"), ("88元/人", 88, "CNY"), ("１２元", 12, "CNY"),
        ("1.5万元", 15000, "CNY"), ("-$3", -3, "USD"), ("500 Rs", 500, "INR"),
        ("120 min", 120, "minutes"), ("1h 45m", 105, "minutes"), ("01:45:00", 105, "minutes"),
        ("PT1H45M", 105, "minutes"), ("2小时30分钟", 150, "minutes"), ("1.5 hours", 90, "minutes"),
        ("100分钟(3D重映)", 100, "minutes"), ("6,706", 6706, ""), ("1'000.50", 1000.5, ""),
        ("1.2k", 1200, ""), ("3.5万", 35000, ""), ("9.78e12", 9.78e12, ""), ("10%", 10, "%"),
        ("99 g", 99, "g"), ("free to play", 0, "free"), ("免费", 0, "free"), (7, 7, ""),
    ],
)  # fmt: skip
def test_quantities(text, number, unit):
    assert quantity(text) == Quantity(pytest.approx(number), unit)


@pytest.mark.parametrize(
    "text",
    ["", "abc", "3 - 6 months", "5:30-21:00", "2018-01-04", "010-66181705", "=1+2", "1,2,3",
     "5 m", "12abc", "nan", "inf", "9" * 400, "1e999", True, None, 10**400, float("nan")],
)  # fmt: skip
def test_what_is_no_quantity(text):
    assert quantity(text) is None


def test_units_are_converted_or_refused():
    assert in_unit(Quantity(90, "minutes"), "hours") == 1.5
    assert in_unit(Quantity(1.2, "kg"), "g") == 1200
    assert in_unit(Quantity(5), "USD") == 5 and in_unit(Quantity(0, "free"), "CNY") == 0
    assert in_unit(Quantity(5, "EUR"), "USD") is None


def test_years_and_dates():
    for raw, year in (("1999", 1999), ("2008.0", 2008), ("Jan 5, 2018", 2018), (-750, -750),
                      ("2018年1月", 2018), ("soon", None), ("12", 12), (True, None)):  # fmt: skip
        assert year_of(raw) == year, raw
    assert all(map(is_date, ["2018-01-04", "2018/1/4 10:00", "5 January 2018", "2018年1月4日"]))
    assert not any(map(is_date, ["2018", "1/2", "call 2018-01-04", 2018]))


def test_missing_values_and_markup():
    assert all(map(missing, [None, "", " N/A ", "null", float("nan"), [], {}, "未知"]))
    assert not any(map(missing, ["0", 0, False, "none of us", "None but the brave"]))
    assert (
        unmarked("<p>Tea &amp; <script>alert(1)</script></p>") == "Tea & <script>alert(1)</script>"
    )
    assert look(["<p>One long line</p>" * 9, "<p>Another</p>" * 9]).markup


@pytest.mark.parametrize("cell", ["[" * 30_000, "[" + "-" * 15_000 + "1]", "{" * 5000 + "}" * 5000])
def test_cells_that_only_look_like_lists(cell):
    assert parts(cell, "") == [cell]


def test_headers():
    assert read_header("Price (USD)").words == ("price",)
    assert read_header("averageRating").key == "averagerating"
    assert read_header("durationMinutes").unit == "minutes"
    assert read_header("重量（克）").unit == "g"
    assert [h.name for h in read_headers(["x_a", "x_b", "x_c", "y"])] == ["a", "b", "c", "y"]
