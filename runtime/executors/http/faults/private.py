"""What no message may show: the keys of a call in any form, and what its caller asked. Pure.

A server may quote whatever it was sent, and in any spelling. Its words are compared with keys and
request as a reader would compare them: without regard to case, spaces, escapes and encodings.
"""

from __future__ import annotations

import html
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from urllib.parse import unquote

from .....actors.policies.outcomes.foreign import as_mapping, as_sequence

_STRUCK = "***"
_MOST_CHARACTERS = 600
"""Of a server's words: more is not looked at, and not shown."""
_MOST_ASKED = 100_000
"""Characters of a request that can be told from a server's words in a few milliseconds."""
_KEY_RUN, _ENCODED_RUN, _ASKED_RUN = 6, 8, 10
"""So many characters in a row, of a key or of a request, are no chance."""
_SHORTEST_KEY = 4
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\"'\\/]))")
_MASK = re.compile(r"\*{2,}|\.{3,}|\u2026|\u2022{2,}|[xX]{4,}")
_OPAQUE = re.compile(r"[A-Za-z0-9+=_]{40,}")
"""Neither words nor part of an address: an image, a signature, or the key of a stranger."""
_NOT_THE_CALLERS = frozenset({"model", "role", "type"})
_EMBEDDED = "data:"


class Private:
    """Strikes out what is private.

    >>> Private(["sk-ab 12?cd"]).struck("wrong key SK-AB%2012?CD here")
    'wrong key *** here'
    """

    def __init__(
        self, keys: Iterable[str | None] = (), request: Mapping[str, object] | None = None
    ) -> None:
        self._given = keys
        self._request = request

    def __repr__(self) -> str:
        return "Private(...)"

    def struck(self, text: str, answer: str = "") -> str:
        """A server's words in one printable line, without what is private.

        `answer` is what it has answered already; without any words where these cannot be told from
        what was asked.
        """
        asked = self._asked if not answer else self._asked + _letters(answer)
        return "" if len(asked) > _MOST_ASKED else self._struck(text, asked)

    def keys_struck(self, text: str) -> str:
        """Words that are not the server's, such as an address, without the keys."""
        return self._struck(text, "")

    def stands_in(self, text: str) -> bool:
        """Whether a key is in a text as it is: for headers of good answers, at little cost."""
        return any(key in text for key in self._given if key and len(key) >= _SHORTEST_KEY)

    def has_key_in(self, text: str) -> bool:
        """Whether a key shows in a text, in any form; the text may be some thousand characters."""
        if not self._keys:
            return False
        text = _plain(text)
        (_, exact), (_, letters) = self._runs
        there = "".join(text.split()).casefold()
        if any(run in there for run in exact):
            return True
        there = _letters(text)
        return any(run in there for run in letters) or self._has_masked_key_in(text)

    def _has_masked_key_in(self, text: str) -> bool:
        if _MASK.search(text) is None:
            return False
        return any(_is_masked(word, key) for word in text.split() for key in self._keys)

    def _struck(self, text: str, asked: str) -> str:
        text = _plain(text[:_MOST_CHARACTERS])
        marks = [False] * len(text)
        for start, end in (*self._keys_in(text), *_asked_in(text, asked)):
            start, end = _whole_words(text, start, end)
            marks[start:end] = [True] * (end - start)
        return "".join(_shown(text, marks))

    def _keys_in(self, text: str) -> Iterator[tuple[int, int]]:
        yield from (found.span() for found in _OPAQUE.finditer(text))
        if not self._keys:
            return
        for letters_only, runs in self._runs:
            yield from _runs_in(*_reduced(text, letters_only=letters_only), runs)
        for word in re.finditer(r"\S+", text):
            if any(_is_masked(word[0], key) for key in self._keys):
                yield word.span()

    @cached_property
    def _keys(self) -> list[str]:
        given = [key for key in self._given if key and len(key) >= _SHORTEST_KEY]
        # What is looked at has lost its escapes, and so would a key with some in it.
        return list(dict.fromkeys([*given, *map(_plain, given)]))

    @cached_property
    def _runs(self) -> tuple[tuple[bool, frozenset[str]], ...]:
        """What gives a key away: in a text without spaces, and in its letters and digits alone."""
        exact, letters = set[str](), set[str]()
        for key in self._keys:
            exact |= _cut(_reduced(key, letters_only=False)[0], _KEY_RUN)
            letters |= _cut(_letters(key), _KEY_RUN)
            for encoded in _encodings(key):
                letters |= _cut(_letters(encoded), _ENCODED_RUN)
        return (False, frozenset(exact)), (True, frozenset(letters))

    @cached_property
    def _asked(self) -> str:
        """The letters and digits of what the caller asked."""
        parts: list[str] = []
        size = 0
        for text in _texts(self._request or {}):
            parts.append(_letters(text))
            size += len(parts[-1])
            if size > _MOST_ASKED:
                break
        return "\n".join(parts)


def _plain(text: str) -> str:
    """Without escapes, in one line, and with nothing that a terminal would obey."""
    for _ in range(3):
        before, text = text, html.unescape(unquote(_ESCAPE.sub(_unescaped, text)))
        if text == before:
            break
    text = " ".join(text.split())
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def _unescaped(found: re.Match[str]) -> str:
    return found[3] or chr(int(found[1] or found[2], 16))


def _reduced(text: str, *, letters_only: bool = True) -> tuple[str, list[int]]:
    """What of a text counts, and where each character of it stood."""
    kept: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if character.isalnum() if letters_only else not character.isspace():
            for folded in character.casefold():
                kept.append(folded)
                places.append(place)
    return "".join(kept), places


def _letters(text: str) -> str:
    """The same for letters and digits, without their places: ten times as fast."""
    return "".join(filter(str.isalnum, text[: _MOST_ASKED + 1].casefold()))


def _cut(text: str, size: int) -> set[str]:
    """All runs of `size`; the text itself where it is shorter, and nothing of a tiny one."""
    if len(text) < size:
        return {text} if len(text) >= _SHORTEST_KEY else set()
    return {text[start : start + size] for start in range(len(text) - size + 1)}


def _encodings(key: str) -> Iterator[str]:
    """In hexadecimal, and in base 64 wherever in a longer text it begins."""
    raw = key.encode("utf-8", "surrogatepass")
    yield raw.hex()
    for before in range(3):
        encoded = b64encode(bytes(before) + raw).decode()
        # The first characters, and the last, depend on what stands around it.
        yield encoded.rstrip("=")[4 if before else 0 : -1]


def _runs_in(text: str, places: list[int], runs: frozenset[str]) -> Iterator[tuple[int, int]]:
    for size in {len(run) for run in runs}:
        for start in range(len(text) - size + 1):
            if text[start : start + size] in runs:
                yield places[start], places[start + size - 1] + 1


def _asked_in(text: str, asked: str) -> Iterator[tuple[int, int]]:
    if not asked:
        return
    reduced, places = _reduced(text)
    for start in range(len(reduced) - _ASKED_RUN + 1):
        if not _begins_a_word(text, places[start]):
            continue
        found = asked.find(reduced[start : start + _ASKED_RUN])
        if found >= 0:
            size = _common(reduced, start, asked, found)
            yield places[start], places[start + size - 1] + 1


def _begins_a_word(text: str, place: int) -> bool:
    """Many scripts have no spaces: there each character does."""
    return place == 0 or not text[place - 1].isalnum() or not text[place].isascii()


def _common(text: str, start: int, other: str, begin: int) -> int:
    """How many characters are the same from there on."""
    size, most = _ASKED_RUN, min(len(text) - start, len(other) - begin)
    while size < most and text[start + size] == other[begin + size]:
        size += 1
    return size


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The words and encoded texts that begin or end in a span, all of them."""
    while start > 0 and _is_of_word(text[start - 1]):
        start -= 1
    while end < len(text) and _is_of_word(text[end]):
        end += 1
    return start, end


def _is_of_word(character: str) -> bool:
    return character in "+/=_-" or (character.isascii() and character.isalnum())


def _is_masked(word: str, key: str) -> bool:
    """Whether a word is a key of which only the ends are shown, as `sk-ab***yz`."""
    ends = _MASK.split(word)
    if len(ends) < 2:
        return False
    first, last = ends[0].strip("'\"`([{<:,").casefold(), ends[-1].strip("'\"`)]}>.:,").casefold()
    key = key.casefold()
    return (len(first) > 1 and key.startswith(first)) or (len(last) > 1 and key.endswith(last))


def _texts(found: object, depth: int = 0) -> Iterator[str]:
    """The texts that the caller wrote; none of the words that a format prescribes."""
    if isinstance(found, str):
        if not found.startswith(_EMBEDDED):
            yield found
    elif depth < 20 and (fields := as_mapping(found)) is not None:
        for key, value in fields.items():
            if key not in _NOT_THE_CALLERS:
                yield from _texts(value, depth + 1)
    elif depth < 20:
        for value in as_sequence(found) or ():
            yield from _texts(value, depth + 1)


def _shown(text: str, marks: list[bool]) -> Iterator[str]:
    hidden = False
    for character, mark in zip(text, marks, strict=True):
        if not mark:
            yield character
        elif not hidden:
            yield _STRUCK
        hidden = mark
