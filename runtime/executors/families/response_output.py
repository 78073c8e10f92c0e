"""What the output of a response says. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..http.wire.json_value import Json, JsonObject, objects_in


def text_of(output: list[Json]) -> str:
    """The text of the answer."""
    return _said(output, "output_text", "text")


def refusal_of(output: list[Json]) -> str:
    """Why the model refused; empty: it did not."""
    return _said(output, "refusal", "refusal")


def reasoning_of(output: list[Json]) -> str:
    """What the model tells of its thoughts: the summaries."""
    items = [item for item in objects_in(output) if item.get("type") == "reasoning"]
    parts = [part for item in items for part in objects_in(item.get("summary"))]
    return "".join(str(part.get("text") or "") for part in parts)


def has_calls(output: list[Json]) -> bool:
    """Whether there is more in it than messages and thoughts."""
    return any(item.get("type") not in ("message", "reasoning") for item in objects_in(output))


def _said(output: list[Json], kind: str, name: str) -> str:
    return "".join(str(part.get(name) or "") for part in _parts(output) if part.get("type") == kind)


def _parts(output: list[Json]) -> Iterator[JsonObject]:
    for item in objects_in(output):
        if item.get("type") == "message":
            yield from objects_in(item.get("content"))
