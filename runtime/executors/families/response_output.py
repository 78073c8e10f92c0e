"""What the output of a response says. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def text_of(output: list[Any]) -> str:
    """The text of the answer."""
    return _said(output, "output_text", "text")


def refusal_of(output: list[Any]) -> str:
    """Why the model refused; empty: it did not."""
    return _said(output, "refusal", "refusal")


def reasoning_of(output: list[Any]) -> str:
    """What the model tells of its thoughts: the summaries."""
    items = [item for item in output if isinstance(item, dict) and item.get("type") == "reasoning"]
    parts = [part for item in items for part in item.get("summary") or () if isinstance(part, dict)]
    return "".join(str(part.get("text") or "") for part in parts)


def has_calls(output: list[Any]) -> bool:
    """Whether there is more in it than messages and thoughts."""
    kinds = {item.get("type") for item in output if isinstance(item, dict)}
    return bool(kinds - {"message", "reasoning"})


def _said(output: list[Any], kind: str, name: str) -> str:
    return "".join(str(part.get(name) or "") for part in _parts(output) if part.get("type") == kind)


def _parts(output: list[Any]) -> Iterator[dict[str, Any]]:
    for item in output:
        content = item.get("content") if isinstance(item, dict) else None
        if isinstance(content, list) and item.get("type") == "message":
            yield from (part for part in content if isinstance(part, dict))
