"""The headers of an answer: which request it is, which model, and what a provider's go on. Pure."""

from __future__ import annotations

import time
from collections.abc import Mapping

from .request import Header, Request

_OURS = frozenset({"content-type", "request-id", "x-request-id", "x-should-retry"})


def who_answered(
    request: Request, model_id: str | None, attempts: int, *, is_fallback: bool
) -> list[Header]:
    """The headers about the model that answers, after so many attempts."""
    headers = ids_of(request)
    if model_id is not None:
        headers.append((b"x-hive-model", header_text(model_id)))
    headers.append((b"x-hive-attempts", str(attempts).encode()))
    headers.append((b"x-hive-fallback", b"true" if is_fallback else b"false"))
    return headers


def overhead_since(started: float, waited: float) -> Header:
    """What was spent here since `started` (by `perf_counter`), without the models' own seconds."""
    spent = max(time.perf_counter() - started - waited, 0.0) * 1e3
    return b"x-hive-overhead-ms", f"{spent:.3f}".encode()


def ids_of(request: Request) -> list[Header]:
    """Under both names: each family of clients reads its own."""
    told = request.id.encode("ascii", "replace")
    return [(b"x-request-id", told), (b"request-id", told)]


def of_the_provider(headers: Mapping[str, str]) -> list[Header]:
    """What of a provider's headers goes on: about limits, and how long it took."""
    return [
        (name.encode("ascii", "replace"), header_text(value))
        for name, value in headers.items()
        if name not in _OURS
    ]


def header_text(text: str) -> bytes:
    """A text as a header can carry it."""
    return "".join(c if " " <= c <= "~" else "?" for c in text).encode()
