"""The fields of what an operator sends: an object of a few, with why and on whose behalf."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...config.values.words import printable
from ..observability.actions import LONGEST, OPERATOR, Author
from .calls.asking import payload_of
from .failures import refused
from .keys.key import Key
from .request import Request

_BODY_BYTES = 64 * 1024


async def fields_of(request: Request, *more: str) -> Mapping[str, Any]:
    """The body: an object of `reason`, `by` and the fields in `more`. Raises `Refused`."""
    allowed = ("reason", "by", *more)
    kind = request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json":
        told = "send content-type: application/json, and a body: {} at least"
        raise refused(415, "unsupported_media_type", told, closes=True)
    body = await request.body(_BODY_BYTES)
    fields = await payload_of(body) if body else {}
    for name in fields:
        if name not in allowed:
            shown = printable(name[:100])
            told = f"there is no field {shown!r}; this path takes {', '.join(allowed)} alone"
            raise refused(400, "invalid_request", told, param=shown)
    for name in ("reason", "by"):
        _line(fields, name, "operator")
    return fields


def told_of(fields: Mapping[str, Any], key: Key | None) -> Author:
    """Why it is done, and by whose key; what the caller says of itself stands behind that."""
    holder, said = "server" if key is None else key.id, _line(fields, "by", "")
    by = f"{holder} ({said})" if said else holder
    return Author(by, _line(fields, "reason", OPERATOR))


def _line(fields: Mapping[str, Any], name: str, default: str) -> str:
    line: object = fields.get(name, default)
    if line is default:
        return default
    if not isinstance(line, str) or not 0 < len(line) <= LONGEST or not line.isprintable():
        told = f"{name} is a text in one line, of {LONGEST} characters at most"
        raise refused(400, "invalid_request", told, param=name)
    return line
