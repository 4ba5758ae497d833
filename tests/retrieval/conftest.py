import numpy as np
import pytest

from retrieval.catalogue import Catalogue
from retrieval.embeddings import HashEmbedder
from retrieval.items import Item
from retrieval.schema import Facet, Schema

SCHEMA = Schema(
    {
        "genre": Facet("genre", "category", columns=("genres",), many=True),
        "director": Facet("director", "category", role="person", many=True),
        "cast": Facet("cast", "category", role="person", many=True),
        "theme": Facet("theme", "category", many=True),
        "mood": Facet("mood", "category", many=True),
        "country": Facet("country", "category", many=True),
        "year": Facet("year", "number"),
        "runtime": Facet("runtime", "number", unit="minutes"),
        "rating": Facet("rating", "number"),
        "votes": Facet("votes", "number"),
        "overview": Facet("overview", "text"),
    }
)


def film(item_id: str, title: str, aka: tuple[str, ...] = (), **facets: object) -> Item:
    kept = {k: v if isinstance(v, (str, tuple)) else float(v) for k, v in facets.items()}
    return Item(item_id, title, kept, aka)


FILMS = (
    film("alien", "Alien", ("异形",), genre=("Horror", "Sci-Fi"), director=("Ridley Scott",),
         cast=("Sigourney Weaver",), theme=("space", "monster"), mood=("tense",),
         country=("United Kingdom",), year=1979, runtime=117, rating=8.5, votes=900,
         overview="A cargo crew answers a signal and brings a hunter aboard."),
    film("aliens", "Aliens", ("异形2",), genre=("Sci-Fi", "Action"), director=("James Cameron",),
         cast=("Sigourney Weaver", "Bill Paxton"), theme=("space", "monster", "soldiers"),
         mood=("tense", "exciting"), country=("United States",), year=1986, runtime=137,
         rating=8.4, votes=800, overview="Marines land on a silent colony."),
    film("ran", "Ran", ("乱",), genre=("War", "Drama"), director=("Akira Kurosawa",),
         cast=("Tatsuya Nakadai",), theme=("samurai",), mood=("epic",), country=("Japan",),
         year=1985, runtime=162, rating=8.2, votes=300,
         overview="An old warlord divides his land between three sons."),
    film("seven", "Seven Samurai", ("七武士",), genre=("Action", "Drama"),
         director=("Akira Kurosawa",), cast=("Toshiro Mifune",), theme=("samurai", "village"),
         mood=("epic", "exciting"), country=("Japan",), year=1954, runtime=207, rating=8.6,
         votes=600, overview="Farmers hire swordsmen against bandits."),
    film("up", "Up", ("飞屋环游记",), genre=("Animation", "Family"), director=("Pete Docter",),
         theme=("friendship", "balloons"), mood=("heartwarming", "funny"),
         country=("United States",), year=2009, runtime=96, rating=8.2, votes=700,
         overview="A widower ties balloons to his house and floats away."),
    film("amelie", "Amélie", ("天使爱美丽",), genre=("Comedy", "Romance"),
         director=("Jean-Pierre Jeunet",), cast=("Audrey Tautou",), theme=("paris",),
         mood=("whimsical", "funny"), country=("France",), year=2001, runtime=122, rating=8.0,
         votes=500, overview="A shy waitress repairs the lives of strangers."),
    film("farewell", "Farewell My Concubine", ("霸王别姬",), genre=("Drama", "Romance"),
         director=("Chen Kaige",), cast=("Leslie Cheung", "Gong Li"), theme=("opera",),
         mood=("epic",), country=("China",), year=1993, runtime=171, rating=8.1, votes=100,
         overview="Two opera actors share a stage through fifty years of history."),
    film("undated", "The Undated Reel", genre=("Drama",), theme=("archive",), country=("France",)),
)  # fmt: skip


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue("films", FILMS, SCHEMA)


@pytest.fixture(scope="session")
def embedder() -> HashEmbedder:
    return HashEmbedder(128)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)
