import pytest

from chatbot.models.errors import SpecError
from chatbot.models.spec import Spec, parse


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("auto", Spec("auto")),
        (" none ", Spec("none")),
        ("local:Qwen/Qwen3-4B", Spec("local", "Qwen/Qwen3-4B")),
        ("local:/srv/my model", Spec("local", "/srv/my model")),
        ("local:C:\\models\\x", Spec("local", "C:\\models\\x")),
        (
            "openai:qwen3:4b@http://127.0.0.1:11434/v1/",
            Spec("openai", "qwen3:4b", url="http://127.0.0.1:11434/v1"),
        ),
        (
            "openai:a@b@https://h.example/v1",
            Spec("openai", "a@b", url="https://h.example/v1"),
        ),
        ("openai:gpt-5-mini", Spec("provider", "gpt-5-mini", provider="openai")),
        ("google-genai:gemini", Spec("provider", "gemini", provider="google_genai")),
    ],
)
def test_each_form_is_understood(text: str, spec: Spec) -> None:
    assert parse(text) == spec


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "does not say"),
        ("qwen", "does not say"),
        ("local:", "no model"),
        ("local:  ", "no model"),
        ("Open AI:x", "provider"),
        ("openai:m@localhost:80", "not an address"),
        ("openai:@http://h/v1", "no model"),
        ("openai:m@http://", "not an address"),
        ("openai:m@http://h:port/", "not an address"),
        ("openai:m@http://h/a b", "not an address"),
    ],
)
def test_what_is_wrong_is_said_with_the_remedy(text: str, complaint: str) -> None:
    with pytest.raises(SpecError, match=complaint) as caught:
        parse(text)
    assert "openai:MODEL@" in str(caught.value)
