"""What the headers of a request must look like before an application sees them: pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .refusals import BAD_CODING, BAD_HOST, BAD_TARGET, BAD_VERSION, Refusal

Header = tuple[bytes, bytes]

_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]*)(:[0-9]*)?")


def wrong_with(version: str, target: bytes, headers: Sequence[Header]) -> Refusal | None:
    """Why a request is refused by its headers; None: it is not. Names of headers are lower case.

    Another server in front of this one may read such a request in another way.
    """
    if version not in ("1.1", "1.0"):
        return BAD_VERSION
    # Neither http://host/path, which names a second host, nor what a proxy is asked.
    if not target.startswith(b"/") or b"#" in target:
        return BAD_TARGET
    hosts = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
            if _HOST.fullmatch(value) is None:
                return BAD_HOST
        elif name == b"transfer-encoding" and (value.lower() != b"chunked" or version == "1.0"):
            return BAD_CODING
    if hosts != 1 and (hosts or version == "1.1"):
        return BAD_HOST
    return None
