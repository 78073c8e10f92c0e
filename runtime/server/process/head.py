"""What the headers of a request must look like before an application sees them: pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..limits import ServerLimits
from .refusals import (
    BAD_CODING,
    BAD_HOST,
    BAD_TARGET,
    BAD_VERSION,
    LARGE_BODY,
    LARGE_HEADERS,
    Refusal,
)

Header = tuple[bytes, bytes]

_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]*)(:[0-9]*)?")
_BETWEEN = 4
"""Bytes of a header beside its name and value."""
_JUDGED = frozenset({b"content-length", b"host", b"transfer-encoding"})
_MOST_DIGITS = 18


def wrong_with(
    version: str, target: bytes, headers: Sequence[Header], limits: ServerLimits
) -> Refusal | None:
    """Why a request is refused by its headers; None: it is not. Names of headers are lower case.

    Another server in front of this one may read such a request in another way.
    """
    if version not in ("1.1", "1.0"):
        return BAD_VERSION
    # Neither http://host/path, which names a second host, nor what a proxy is asked.
    if not target.startswith(b"/") or b"#" in target:
        return BAD_TARGET
    size = hosts = 0
    for name, value in headers:
        size += len(name) + len(value) + _BETWEEN
        if name not in _JUDGED:
            continue
        hosts += name == b"host"
        refusal = _wrong_header(name, value, version, limits)
        if refusal is not None:
            return refusal
    if size > limits.header_bytes:
        return LARGE_HEADERS
    if hosts != 1 and (hosts or version == "1.1"):
        return BAD_HOST
    return None


def _wrong_header(name: bytes, value: bytes, version: str, limits: ServerLimits) -> Refusal | None:
    if name == b"host":
        return BAD_HOST if _HOST.fullmatch(value) is None else None
    if name == b"transfer-encoding":
        return BAD_CODING if value.lower() != b"chunked" or version == "1.0" else None
    is_too_long = len(value) > _MOST_DIGITS or int(value) > limits.body_bytes
    return LARGE_BODY if is_too_long else None
