"""The headers of an answer: which request it is, which model, and what a provider's go on. Pure."""

from __future__ import annotations

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
