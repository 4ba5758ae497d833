"""What is set up for a desk: by the server's settings, and by a site's own options over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chatbot.errors import InputError
from chatbot.handoff.addresses import Network, networks
from chatbot.handoff.hours import Hours, parse
from chatbot.handoff.mail import mail_of
from chatbot.handoff.webhook import Channel, Webhook
from chatbot.settings import Settings

FIELDS = ("webhook", "secret", "smtp", "page", "hours", "timezone", "contact", "keywords")
"""What a site may set for itself, as its option `handoff_<field>`. Which private networks may be
reached is the server operator's to say and no site's."""

HIDDEN = "handoff_"
"""Options with this prefix are for the server and never shown to a browser."""


SECRET = ("handoff_secret", "handoff_smtp", "handoff_webhook")


def shown(options: Mapping[str, str]) -> dict[str, str]:
    """A site's options as they may be listed: what would let somebody act as us is covered."""
    return {name: "…" if name in SECRET else value for name, value in options.items()}


@dataclass(frozen=True, slots=True)
class Page:
    """People answer on the operator's page: nothing is sent, everything is there at once."""

    @property
    def name(self) -> str:
        """See `Channel.name`."""
        return "this page"

    def send(self, message_id: str, message: Mapping[str, object]) -> str:
        """See `Channel.send`."""
        return "on the operator's page"


@dataclass(frozen=True, slots=True)
class DeskConfig:
    """One desk. Without a channel nobody can be reached.

    Attributes:
        channel: how it is reached, None where it is not set up.
        hours: when somebody is there.
        contact: said to visitors who cannot be passed on, "" for none.
        keywords: words at which a person is called.
        base: where this server is reached from outside, without a slash at its end; "" = unknown.
    """

    channel: Channel | None = None
    hours: Hours = field(default_factory=Hours)
    contact: str = ""
    keywords: tuple[str, ...] = ()
    base: str = ""


def desk_of(settings: Settings, options: Mapping[str, str] | None = None) -> DeskConfig:
    """The desk of a site with these options, or of the server.

    A site that names a channel of its own gets none of the server's secrets with it.

    Raises:
        InputError: an address, the hours or a network cannot be read.
    """
    server = {name: str(getattr(settings, f"handoff_{name}")) for name in FIELDS}
    own = {
        name: value
        for name in FIELDS
        if (value := (options or {}).get(f"handoff_{name}", "").strip())
    }
    if {"webhook", "smtp", "page"} & set(own):
        server |= {"webhook": "", "secret": "", "smtp": "", "page": ""}
    said = server | own
    allowed = networks(settings.handoff_allow)
    return DeskConfig(
        _channel(said, allowed),
        parse(said["hours"], said["timezone"] or "UTC"),
        said["contact"],
        tuple(filter(None, (w.strip() for w in said["keywords"].replace("，", ",").split(",")))),
        settings.public_url,
    )


def _channel(said: Mapping[str, str], allowed: tuple[Network, ...]) -> Channel | None:
    if said["webhook"]:
        if not said["webhook"].startswith(("https://", "http://")):
            raise InputError("the webhook is not an http(s) address.")
        return Webhook(said["webhook"], said["secret"], allowed)
    if said["smtp"]:
        return mail_of(said["smtp"], allowed)
    return Page() if said["page"].casefold() in ("yes", "true", "on", "1") else None
