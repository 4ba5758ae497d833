"""One attempt to deliver a message to a webhook. Retries and bookkeeping live elsewhere."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import SplitResult, urljoin, urlsplit

from chatbot.handoff.addresses import BlockedError, Network, Resolve, pinned, resolve
from chatbot.handoff.signing import headers

HOPS = 3
"""Redirects followed at most."""

_READ = 16 * 1024
_KEEPS_METHOD = (307, 308)
_TRY_ADDRESSES = 3


class DeliveryError(Exception):
    """A message was not delivered. `retry` = trying again may help; `after` = wait so long, s."""

    def __init__(self, what: str, *, retry: bool = True, after: float | None = None) -> None:
        super().__init__(what)
        self.retry = retry
        self.after = after


class Channel(Protocol):
    """A way to a desk."""

    @property
    def name(self) -> str:
        """What it is, for the operator; holds no secret."""
        ...

    def send(self, message_id: str, message: Mapping[str, Any]) -> str:
        """Deliver a message once; returns what the other side said, in a few words.

        Raises:
            DeliveryError: it was not delivered.
        """
        ...


@dataclass(frozen=True, slots=True)
class Webhook:
    """Posts signed JSON to a URL.

    Attributes:
        url: https; plain http is for the operator's own addresses only.
        secret: signs each attempt, see `signing`.
        allowed: networks that may be reached although they are not public.
        patience: seconds one attempt may take in all, redirects included.
        find, clock: where addresses and the time come from.
    """

    url: str
    secret: str = ""
    allowed: Sequence[Network] = ()
    patience: float = 10.0
    find: Resolve = resolve
    clock: Callable[[], float] = time.time

    @property
    def name(self) -> str:
        """See `Channel.name`."""
        parts = urlsplit(self.url)
        return f"webhook at {parts.hostname or '?'}"

    def send(self, message_id: str, message: Mapping[str, Any]) -> str:
        """See `Channel.send`. Redirects that keep the method are followed, each judged anew."""
        body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        deadline = time.monotonic() + self.patience
        url, secure = self.url, False
        for _ in range(HOPS + 1):
            parts = _target(url)
            if secure and parts.scheme != "https":
                raise DeliveryError("it redirects from https to plain http", retry=False)
            secure = parts.scheme == "https"
            status, location, after = self._post(parts, message_id, body, deadline)
            if status in _KEEPS_METHOD and location:
                url = urljoin(url, location)
                continue
            return _judged(status, after)
        raise DeliveryError(f"it redirects more than {HOPS} times", retry=False)

    def _post(
        self, parts: SplitResult, message_id: str, body: bytes, deadline: float
    ) -> tuple[int, str, float | None]:
        """(status, location, seconds to wait) of one request to one address."""
        host = str(parts.hostname)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            addresses, own = pinned(host, port, self.allowed, self.find)
        except BlockedError as error:
            raise DeliveryError(f"refused: {error}", retry=False) from None
        except (OSError, UnicodeError) as error:
            raise DeliveryError(f"{host} cannot be found: {error}") from None
        if parts.scheme == "http" and not own:
            raise DeliveryError("refused: plain http leaves the house; use https", retry=False)
        sent = {
            "content-type": "application/json",
            "user-agent": "Sommelier",
            "accept": "*/*",
            **headers(self.secret, message_id, int(self.clock()), body),
        }
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sock = _connected(addresses[:_TRY_ADDRESSES], port, deadline)
        try:
            with _bounded(sock, deadline) as late:
                try:
                    if parts.scheme == "https":
                        context = ssl.create_default_context()
                        sock = context.wrap_socket(sock, server_hostname=host)
                    connection = http.client.HTTPConnection(host, port)
                    connection.sock = sock
                    connection.request("POST", path, body, sent)
                    answer = connection.getresponse()
                    answer.read(_READ)
                    if late.is_set():  # a cut connection reads like the end of the headers
                        raise http.client.IncompleteRead(b"")
                except (OSError, http.client.HTTPException, ValueError) as error:
                    if late.is_set():
                        said = f"no answer within {self.patience:g} s"
                        raise DeliveryError(said) from None
                    raise DeliveryError(f"the connection broke: {_brief(error)}") from None
        finally:
            sock.close()
        return answer.status, answer.headers.get("location", ""), _wait(answer.headers)


def _target(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or 0 < parts.port < 65536
    except ValueError:
        raise DeliveryError("the address cannot be read", retry=False) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_fine:
        raise DeliveryError("refused: not an http(s) address", retry=False)
    if parts.username or parts.password:
        raise DeliveryError("refused: a password in an address", retry=False)
    return parts


def _connected(addresses: Sequence[str], port: int, deadline: float) -> socket.socket:
    """A connection to the first address that answers; names are not looked up again."""
    problem = "no address"
    for address in addresses:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, port), timeout=left)
        except OSError as error:
            problem = f"cannot connect to {address}: {_brief(error)}"
    raise DeliveryError(problem)


@contextmanager
def _bounded(sock: socket.socket, deadline: float) -> Iterator[threading.Event]:
    """Shut `sock` at the deadline, whatever it trickles until then; the event tells that it was."""
    late = threading.Event()

    def shut() -> None:
        late.set()
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # closed already

    sock.settimeout(max(0.1, deadline - time.monotonic()) + 1.0)
    # TLS detaches the socket it wraps; a duplicate keeps the same connection within reach.
    sock = sock.dup()
    timer = threading.Timer(max(0.0, deadline - time.monotonic()), shut)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
        timer.join()
        sock.close()


def _judged(status: int, after: float | None) -> str:
    """What a final status means.

    Raises:
        DeliveryError: anything but success.
    """
    if 200 <= status < 300:
        return f"HTTP {status}"
    if 300 <= status < 400:
        raise DeliveryError(f"it redirects with {status}, which drops the message", retry=False)
    if status == 410:
        raise DeliveryError("the address is gone (410)", retry=False)
    raise DeliveryError(f"it answered {status}", after=after)


def _wait(found: http.client.HTTPMessage) -> float | None:
    raw = found.get("retry-after") or ""
    return min(float(raw[:9]), 3600.0) if raw.isascii() and raw.isdigit() else None


def _brief(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).splitlines()[0][:160]
