"""Characters that come in two halves, perhaps in two events of a stream. Pure.

Servers that cut a text between two tokens write an emoji as two escapes, `\\ud83d` in one event and
`\\ude00` in the next. Each half alone is no character: no file and no socket takes it.
"""

from __future__ import annotations

import re

from .json_value import Json, JsonObject

_HALF = re.compile("[\ud800-\udfff]")
_FIRST_HALF = re.compile("[\ud800-\udbff]")
_SECOND_HALF = re.compile("[\udc00-\udfff]")
_WRITTEN_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_NONE = "\N{REPLACEMENT CHARACTER}"
_DEEPEST = 200

Path = tuple[str | int, ...]


class Halves:
    """Puts halves together that come one after the other at the same place of an object.

    >>> halves = Halves()
    >>> [halves.joined({"a": "1\\ud83d"}), halves.joined({"a": "\\ude002"})]
    [{'a': '1'}, {'a': '\U0001f6002'}]
    """

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[Path, str] = {}

    @property
    def waiting(self) -> bool:
        """Whether a half waits for the other: the next object is to be looked at, too."""
        return bool(self._held)

    def joined(self, found: JsonObject) -> JsonObject:
        """The object with whole characters only; a last half is kept for the next object."""
        return self._joined(found, ())

    def left(self, path: Path) -> str:
        """What is to be shown for a half at a place, whose other half never came."""
        return _NONE if self._held.pop(path, None) else ""

    def _walk(self, found: Json, path: Path) -> Json:
        if isinstance(found, str):
            return self._text(found, path)
        if len(path) < _DEEPEST and isinstance(found, dict):
            return self._joined(found, path)
        if len(path) < _DEEPEST and isinstance(found, list):
            return [self._walk(value, (*path, place)) for place, value in enumerate(found)]
        return found

    def _joined(self, found: JsonObject, path: Path) -> JsonObject:
        return {whole(key): self._walk(value, (*path, key)) for key, value in found.items()}

    def _text(self, text: str, path: Path) -> str:
        if not text:
            return text
        held = self._held.pop(path, "")
        if held and _SECOND_HALF.match(text):
            text, held = _joined(held, text[0]) + text[1:], ""
        if _FIRST_HALF.match(text[-1]):
            self._held[path] = text[-1]
            text = text[:-1]
        return whole(held + text)


def mended(found: Json) -> Json:
    """An object that is all there is, with whole characters only."""
    if isinstance(found, str):
        return whole(found)
    if isinstance(found, dict):
        return {whole(key): mended(value) for key, value in found.items()}
    return [mended(value) for value in found] if isinstance(found, list) else found


def whole(text: str) -> str:
    """The text with a mark in place of each half.

    >>> whole("a\\ud83db") == "a\\ufffdb"
    True
    """
    if _HALF.search(text) is None:
        return text
    # The fastest way: a text may be full of them.
    return (
        text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").replace(_NONE * 3, _NONE)
    )


def _joined(first: str, second: str) -> str:
    return (first + second).encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def has_halves(text: bytes) -> bool:
    """Whether a JSON text may have halves in it."""
    return b"\\u" in text and _WRITTEN_HALF.search(text) is not None
