"""Characters that come in two halves, perhaps in two events of a stream. Pure.

Servers that cut a text between two tokens write an emoji as two escapes, `\\ud83d` in one event and
`\\ude00` in the next. Each half alone is no character: no file and no socket takes it.
"""

from __future__ import annotations

import re
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")
_FIRST_HALF = re.compile("[\ud800-\udbff]$")
_WRITTEN_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
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

    def joined(self, found: Any) -> Any:
        """The object with whole characters only; a last half is kept for the next object."""
        return self._walk(found, ())

    def left(self, path: Path) -> str:
        """What is to be shown for a half at a place, whose other half never came."""
        return _NONE if self._held.pop(path, None) else ""

    def _walk(self, found: Any, path: Path) -> Any:
        if isinstance(found, str):
            return self._text(found, path)
        if len(path) < _DEEPEST and isinstance(found, dict):
            return {whole(key): self._walk(value, (*path, key)) for key, value in found.items()}
        if len(path) < _DEEPEST and isinstance(found, list):
            return [self._walk(value, (*path, place)) for place, value in enumerate(found)]
        return found

    def _text(self, text: str, path: Path) -> str:
        if not text:
            return text
        text = self._held.pop(path, "") + text
        last = _FIRST_HALF.search(text)
        if last is not None:
            self._held[path] = last[0]
            text = text[:-1]
        return whole(text)


def mended(found: Any) -> Any:
    """An object that is all there is, with whole characters only."""
    if isinstance(found, str):
        return whole(found)
    if isinstance(found, dict):
        return {whole(key): mended(value) for key, value in found.items()}
    return [mended(value) for value in found] if isinstance(found, list) else found


def whole(text: str) -> str:
    """The text with a mark in place of each half that stands alone.

    >>> whole("a\\ud83d\\ude00b\\ud83d")
    'a\U0001f600b\ufffd'
    """
    if _HALF.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def has_halves(text: bytes) -> bool:
    """Whether a JSON text may have halves in it, as escapes or as bytes that are no UTF-8."""
    return (b"\\u" in text or b"\xed" in text) and _WRITTEN_HALF.search(text) is not None
