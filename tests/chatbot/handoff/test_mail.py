"""Mail to a small SMTP server on loopback."""

from __future__ import annotations

import email
import email.policy
import json
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from chatbot.errors import InputError
from chatbot.handoff.addresses import networks
from chatbot.handoff.letters import test_message as drill_message
from chatbot.handoff.mail import Mail, mail_of
from chatbot.handoff.webhook import DeliveryError


class _Smtp(socketserver.StreamRequestHandler):
    """Speaks enough SMTP to take one letter, or to refuse it."""

    def handle(self) -> None:
        server: Any = self.server
        self._say("220 desk.example")
        while line := self.rfile.readline():
            word = line.decode().strip().upper()
            if word.startswith("RCPT") and server.refuses:
                self._say(server.refuses)
            elif word == "DATA":
                self._say("354 go on")
                body = []
                while (part := self.rfile.readline()) not in (b".\r\n", b""):
                    body.append(part)
                server.letters.append(b"".join(body))
                self._say("250 kept")
            elif word.startswith("QUIT"):
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@pytest.fixture
def server() -> Iterator[Any]:
    made: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp)
    made.daemon_threads = True
    made.letters, made.refuses = [], ""
    thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def mail(server: Any) -> Mail:
    port = server.server_address[1]
    where = f"smtp://localhost:{port}/?from=bot@shop.example&to=desk@shop.example"
    return mail_of(where, networks("127.0.0.1 ::1"))


def pinned(made: Mail) -> Mail:
    """The same, resolved to the one address the test's server listens on."""
    from dataclasses import replace

    return replace(made, find=lambda host, port: ("127.0.0.1",))


def test_a_letter_arrives_whole(server: Any) -> None:
    message = {**drill_message(0.0), "visitor": {"id": "v", "contact": "ann@mail.example"}}
    assert "accepted" in pinned(mail(server)).send("abc123", message)
    letter = email.message_from_bytes(server.letters[0], policy=email.policy.default)
    assert letter["to"] == "desk@shop.example"
    assert letter["reply-to"] == "ann@mail.example"
    assert letter["message-id"] == "<abc123@shop.example>"
    assert letter["subject"].startswith("[TEST]")
    assert "没有人在等待" in letter.get_body().get_content()  # type: ignore[union-attr]
    (attached,) = letter.iter_attachments()  # type: ignore[attr-defined]
    assert json.loads(attached.get_content())["test"] is True


@pytest.mark.parametrize("contact", ["a@b.example\r\nBcc: x@y.example", "<x@y.example>", "+49 30"])
def test_a_contact_cannot_write_headers(server: Any, contact: str) -> None:
    letter = mail(server).letter("m", {**drill_message(0.0), "visitor": {"contact": contact}})
    assert letter["reply-to"] is None
    assert letter["bcc"] is None


@pytest.mark.parametrize(("answer", "retry"), [("450 later", True), ("550 nobody here", False)])
def test_refusals(server: Any, answer: str, retry: bool) -> None:
    server.refuses = answer
    with pytest.raises(DeliveryError) as caught:
        pinned(mail(server)).send("m", drill_message(0.0))
    assert caught.value.retry is retry


def test_private_mail_servers_need_permission() -> None:
    made = Mail("mail.example", 25, "a@b.example", "c@d.example", find=lambda h, p: ("10.0.0.3",))
    with pytest.raises(DeliveryError, match="not a public address"):
        made.send("m", {})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://x/",
        "smtp://host/",
        "smtp://host/?from=a@b.example",
        "smtp://h:99999/?from=a@b.c",
    ],
)
def test_incomplete_addresses_are_refused(url: str) -> None:
    with pytest.raises(InputError):
        mail_of(url)


def test_an_address_is_read() -> None:
    made = mail_of("smtps://me:p%40ss@mail.example/?from=a@b.example&to=c@d.example")
    assert (made.port, made.user, made.password, made.secure) == (465, "me", "p@ss", True)
    assert "p@ss" not in made.name
