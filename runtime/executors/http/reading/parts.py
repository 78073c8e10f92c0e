"""The content of a message: a text, or a list of parts of several kinds. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..wire.json_value import Json

REASONING = ("reasoning_content", "reasoning", "thinking")
"""Under these names servers send what a model thinks before it answers: the first that is there."""
_KINDS = {
    "text": "text",
    "output_text": "text",
    "thinking": "thinking",
    "reasoning": "reasoning",
    "refusal": "refusal",
}
"""Where each kind of part has its text, which may be a list of parts itself."""
_DEEPEST = 3


class Parts(NamedTuple):
    """What a content says: its text, what the model thought, why it refused.

    `has_more` tells of parts that are no text at all: an image, a reference.
    """

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    has_more: bool = False

    @property
    def is_answer(self) -> bool:
        """Whether there is anything of an answer in it; a refusal is none."""
        return bool(self.text or self.reasoning or self.has_more)


def parts_of(content: Json) -> Parts | None:
    """What a content says; None where it is no content.

    >>> parts_of([{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "391"}])
    Parts(text='391', reasoning='Hm', refusal='', has_more=False)
    """
    if content is None:
        return Parts()
    if isinstance(content, str):
        return Parts(content)
    if isinstance(content, dict):
        content = [content]
    if not isinstance(content, list):
        return None
    said = list(_said(content, 0))
    texts = {
        kind: "".join(text for name, text in said if name == kind)
        for kind in ("text", "reasoning", "refusal")
    }
    return Parts(**texts, has_more=any(name == "" for name, _ in said))


def reasoning_of(message: Mapping[str, Json]) -> str:
    """What the model thought, told beside the content."""
    for name in REASONING:
        told = parts_of(message.get(name))
        if told is not None and (thought := told.text + told.reasoning):
            return thought
    return ""


def _said(content: list[Json], depth: int, within: str = "") -> Iterator[tuple[str, str]]:
    """The texts in it by their kind; of other parts an empty kind."""
    for part in content:
        if isinstance(part, str):
            yield within or "text", part
            continue
        if not isinstance(part, dict):
            yield "", ""
            continue
        name = str(part.get("type") or "text")
        text = part.get(_KINDS.get(name, ""))
        kind = within or ("reasoning" if name == "thinking" else name.removeprefix("output_"))
        if isinstance(text, str):
            yield kind, text
        elif isinstance(text, list) and depth < _DEEPEST:
            yield from _said(text, depth + 1, kind)
        else:
            yield "", ""
