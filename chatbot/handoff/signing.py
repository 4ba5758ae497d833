"""Signatures of webhook messages, as the Standard Webhooks specification has them.

The signed text is `id.timestamp.body`; the signature is `v1,` and the base64 of its HMAC-SHA256.
Receivers in every language verify it with a library, or in ten lines.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

TOLERANCE_S = 300
"""How far a timestamp may be from the receiver's clock."""


def key_of(secret: str) -> bytes:
    """The key: the base64 after `whsec_`, or the secret's own bytes."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            return secret.encode()
    return secret.encode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of the `webhook-signature` header."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """All headers that name, date and sign a message. Without a secret it is not signed."""
    found = {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "idempotency-key": message_id,
    }
    if secret:
        found["webhook-signature"] = signature(secret, message_id, timestamp, body)
    return found


def verified(
    secret: str, message_id: str, timestamp: str, signatures: str, body: bytes, now: float
) -> bool:
    """Whether a received message is genuine and fresh; what a receiver checks first.

    A genuine message that comes twice has the same id: the receiver keeps the ids it has seen.
    """
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    if abs(now - int(timestamp)) > TOLERANCE_S:
        return False
    expected = signature(secret, message_id, int(timestamp), body)
    return any(
        hmac.compare_digest(expected.encode(), one.encode()) for one in signatures.split(" ")
    )
