import pytest

from chatbot.models.sentences import Sentences, plain, split

TEXT = "By J. J. Abrams, 1.5 hours. Funny!  Is it? 很好看。真的吗？“好！”就这样"
CUT = [
    "By J. J. Abrams, 1.5 hours.",
    "Funny!",
    "Is it?",
    "很好看。",
    "真的吗？",
    "“好！”",
    "就这样",
]


def test_sentences_of_both_languages_are_cut() -> None:
    assert split(TEXT) == CUT


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_the_cut_does_not_depend_on_the_pieces(size: int) -> None:
    sentences = Sentences()
    found = [s for i in range(0, len(TEXT), size) for s in sentences.add(TEXT[i : i + size])]
    assert [*found, sentences.rest()] == CUT


def test_a_sentence_is_given_as_soon_as_it_is_over() -> None:
    sentences = Sentences()
    assert sentences.add("看这部。") == ["看这部。"]
    assert sentences.add("Watch this. ") == ["Watch this."]
    assert sentences.add("Rated 8.") == []
    assert sentences.add("5 by all. ") == ["Rated 8.5 by all."]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("See ![x](https://e.example/p.png?d=secret) now.", "See now."),
        ("See ![x][1] now", "See now"),
        ("See ![unclosed](https://e.example/", "See"),
        ("[Alien](javascript:alert(1)) fits.", "Alien fits."),
        ("Go to https://e.example/x?y=1 now", "Go to now"),
        ("Go to www.e.example/x now", "Go to now"),
        ("<img src=x onerror=alert(1)>Alien<br/> fits", "Alien fits"),
        ("<script>alert(1)</script>Alien", "Alien"),
        ("<script>alert(1)", ""),
        ("**Alien** and `Heat` are _fine_.", "Alien and Heat are fine."),
        ("# Alien", "Alien"),
        ("a\u202eb", "ab"),
        ("1 < 2", "1 2"),
    ],
)
def test_only_words_are_left(text: str, words: str) -> None:
    assert plain(text) == words
