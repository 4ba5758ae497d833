"""Delivery by e-mail: one message by SMTP, the transcript as text and as JSON."""

from __future__ import annotations

import json
import smtplib
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from chatbot.errors import InputError
from chatbot.handoff.addresses import BlockedError, Network, Resolve, pinned, resolve
from chatbot.handoff.webhook import DeliveryError

_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Mail:
    """Sends by SMTP.

    Attributes:
        host, port, user, password: the server.
        sender, to: mail addresses.
        secure: TLS from the first byte; otherwise STARTTLS where the server offers it. A password
            is only ever sent inside TLS, or to the operator's own addresses.
        allowed, patience, find: see `Webhook`.
    """

    host: str
    port: int
    sender: str
    to: str
    user: str = ""
    password: str = ""
    secure: bool = False
    allowed: Sequence[Network] = ()
    patience: float = 10.0
    find: Resolve = resolve

    @property
    def name(self) -> str:
        """See `Channel.name`."""
        return f"e-mail to {self.to} by {self.host}"

    def send(self, message_id: str, message: Mapping[str, Any]) -> str:
        """See `Channel.send`."""
        try:
            addresses, own = pinned(self.host, self.port, self.allowed, self.find)
        except BlockedError as error:
            raise DeliveryError(f"refused: {error}", retry=False) from None
        except (OSError, UnicodeError) as error:
            raise DeliveryError(f"{self.host} cannot be found: {error}") from None
        letter = self.letter(message_id, message)
        try:
            with self._server(addresses[0]) as server:
                server.ehlo()
                encrypted = self.secure
                if not encrypted and server.has_extn("starttls"):
                    server.starttls(context=ssl.create_default_context())
                    server.ehlo()
                    encrypted = True
                if self.user:
                    if not (encrypted or own):
                        raise DeliveryError("refused: no TLS for the password", retry=False)
                    server.login(self.user, self.password)
                server.send_message(letter)
        except smtplib.SMTPResponseException as error:
            # 4xx asks to come back, 5xx refuses for good.
            raise DeliveryError(
                f"the mail server answered {error.smtp_code}", retry=error.smtp_code < 500
            ) from None
        except smtplib.SMTPRecipientsRefused as error:
            code = max((int(code) for code, _ in error.recipients.values()), default=550)
            said = f"the mail server answered {code} to {self.to}"
            raise DeliveryError(said, retry=code < 500) from None
        except (OSError, smtplib.SMTPException, ssl.SSLError) as error:
            raise DeliveryError(f"the mail server did not answer: {error}") from None
        return "accepted by the mail server"

    def _server(self, address: str) -> smtplib.SMTP:
        if self.secure:
            return _SecureTo(address, self.host, self.port, self.patience)
        return _PlainTo(address, self.host, self.port, self.patience)

    def letter(self, message_id: str, message: Mapping[str, Any]) -> EmailMessage:
        """The mail. The same handoff has the same Message-ID however often it is sent."""
        letter = EmailMessage()
        test = "[TEST] " if message.get("test") else ""
        domain = self.sender.rpartition("@")[2]
        about = str(message.get("about") or "")
        what = _FOLLOWS.get(str(message.get("type")))
        letter["Subject"] = (
            f"Chat {about[:8]}: {what}"
            if what
            else f"{test}Chat handed over ({message.get('reason', '')}), {message_id[:8]}"
        )
        letter["From"] = self.sender
        letter["To"] = self.to
        letter["Message-ID"] = f"<{message_id}@{domain}>"
        if about:
            letter["In-Reply-To"] = f"<{about}@{domain}>"
        contact = str((message.get("visitor") or {}).get("contact") or "")
        address = _address(contact)
        if address:
            letter["Reply-To"] = address
        letter.set_content(_readable(message))
        letter.add_attachment(
            json.dumps(message, ensure_ascii=False, indent=2).encode(),
            maintype="application",
            subtype="json",
            filename=f"handoff-{message_id[:8]}.json",
        )
        return letter


class _PlainTo(smtplib.SMTP):
    """SMTP to one address, under the host's name."""

    def __init__(self, address: str, host: str, port: int, timeout: float) -> None:
        self._address = address
        super().__init__(host, port, timeout=timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return socket.create_connection((self._address, port), timeout)


class _SecureTo(smtplib.SMTP_SSL):
    """The same inside TLS; the certificate must be the host's."""

    def __init__(self, address: str, host: str, port: int, timeout: float) -> None:
        self._address = address
        self._tls = ssl.create_default_context()
        super().__init__(host, port, timeout=timeout, context=self._tls)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((self._address, port), timeout)
        return self._tls.wrap_socket(plain, server_hostname=host)


def mail_of(url: str, allowed: Sequence[Network] = ()) -> Mail:
    """A mail channel from `smtp[s]://user:password@host:port/?from=bot@a.example&to=desk@a.example`.

    Raises:
        InputError: something is missing in it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    query = parse_qs(parts.query)
    sender = _address(query.get("from", [""])[0])
    to = _address(query.get("to", [""])[0])
    if parts.scheme not in _PORTS or not parts.hostname or not sender or not to:
        raise InputError(
            "the SMTP address cannot be read.",
            hint="Write it like smtp://user:password@host:587/?from=bot@a.example&to=desk@a.example",
        )
    return Mail(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        sender=sender,
        to=to,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        secure=parts.scheme == "smtps",
        allowed=allowed,
    )


def _address(text: str) -> str:
    """A mail address, or "" where `text` is something else."""
    text = text.strip()
    if not text or len(text) > 254 or any(c.isspace() or c in '<>,;"()' for c in text):
        return ""
    user, at, domain = text.partition("@")
    if not ((user and at and "." in domain.strip(".")) or domain == "localhost"):
        return ""
    try:
        return Address(addr_spec=text).addr_spec
    except (ValueError, IndexError):
        return ""


_FOLLOWS = {
    "handoff.visitor_message": "the visitor wrote",
    "handoff.contact": "an address",
    "handoff.closed": "closed",
}


def _readable(message: Mapping[str, Any]) -> str:
    page = (message.get("answer") or {}).get("page", "")
    answer = [f"Answer here: {page}", ""] if page.startswith("http") else []
    match message.get("type"):
        case "handoff.visitor_message":
            return "\n".join([*answer, f"Visitor: {message.get('text')}"])
        case "handoff.closed":
            return f"Closed by: {message.get('by')}. {message.get('resolution') or ''}".strip()
    lines = [*answer]
    if message.get("test"):
        lines += ["This is a test sent by `handoff drill`. Nobody is waiting.", ""]
    contact = (message.get("visitor") or {}).get("contact") or "not given"
    lines += [
        f"Reason: {message.get('reason')}",
        f"Reach the visitor: {contact}",
        f"Site: {message.get('site') or '-'} · catalogue: {message.get('catalogue')}",
        "",
    ]
    for one in message.get("transcript") or ():
        lines += [f"{'Visitor' if one['role'] == 'user' else 'Assistant'}: {one['text']}", ""]
    beliefs = message.get("profile") or ()
    if beliefs:
        lines.append("What the visitor said about their wishes:")
        lines += [f"- {b['stance']} {b['facet']}: {b['value']}" for b in beliefs]
    return "\n".join(lines)
