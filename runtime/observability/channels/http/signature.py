"""Signatures of Standard Webhooks: they say that a message is ours, and how old it is."""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import b64decode, b64encode

from .....actors.alerting.notification import DeliveryError

PREFIX = "whsec_"
_LEAST, _MOST = 24, 64
"""Bytes of a secret."""


def signature_of(secrets: str, message_id: str, timestamp: str, body: bytes) -> str:
    """One signature for each of the secrets, which stand behind each other with spaces between.

    Raises `DeliveryError` for a text that is no secret.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_signed(_key(secret), signed)}" for secret in secrets.split())


def _signed(key: bytes, message: bytes) -> str:
    return b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    text = secret.removeprefix(PREFIX)
    try:
        key = b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        key = b""
    if not _LEAST <= len(key) <= _MOST:
        told = f"the secret is none: {PREFIX} and base 64 of {_LEAST} to {_MOST} bytes are one"
        raise DeliveryError(told, permanent=True)
    return key
