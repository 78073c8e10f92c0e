"""JSON as servers really write it, and read without holding up the loop. Pure.

What `orjson` takes is read by it. What it does not take may still be meant: halves of surrogate
pairs, NaN and infinities, control characters within strings. Such a text is read in steps, and so
is one so large or so finely divided that reading it at once would take long.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from typing import Any, NoReturn

import orjson

from .json_value import Json

_LIGHT_BYTES = 64 * 1024
_LIGHT_AT_MOST = 1024 * 1024
_LIGHT_CONTAINERS, _LIGHT_VALUES = 10_000, 50_000
_MOST_CONTAINERS, _MOST_TOKENS, _MOST_DEPTH = 200_000, 2_000_000, 500
"""Beyond these Python's own housekeeping takes longer than a turn of the loop may."""
_STEP = 2_000
"""Tokens between two steps: a millisecond or two."""
_PIECE = 64 * 1024
_TOKEN = re.compile(
    rb"[ \t\r\n]{0,65536}+(?:([{}\[\],:])"
    rb'|"([^"\\]{0,1024}+)"'
    rb"|(-?[0-9][-+.eE0-9]{0,400}+|true|false|null|NaN|-?Infinity)"
    rb'|("))?'
)
"""A mark, a plain text, a scalar, or where a text begins that is not plain; or only blanks."""
_NUMBERS = re.compile(rb"(?>(?:[-+.eE0-9]{1,40}+[ \t\r\n]{0,40}+,[ \t\r\n]{0,40}+){16,2000})")
"""Many in a list, as embeddings have them, each with the comma behind it. It is an atomic group, as
`(...){16,2000}+` takes a part of what follows with CPython 3.11.2, which Debian 12 has."""
_NUMBERS_A_TOKEN = 4
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)((?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)")
_FIRST_HALF = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}")
_WORDS = {
    b"true": True,
    b"false": False,
    b"null": None,
    b"NaN": float("nan"),
    b"Infinity": float("inf"),
    b"-Infinity": float("-inf"),
}
_VALUE, _FIRST_VALUE, _KEY, _FIRST_KEY, _COLON, _COMMA, _NOTHING = range(7)
"""What may come next; the first value or key may be the container's end too, as may a comma."""


class NotJSONError(ValueError):
    """It is no JSON, or more than is read. Holds nothing of what there was."""


def read_json(data: bytes) -> Json:
    """The value, at once; raises `NotJSONError`.

    >>> read_json(b'[NaN, "\\\\ud83d"]')
    [nan, '\\ud83d']
    """
    try:
        found: Json = orjson.loads(data)
        return found
    except orjson.JSONDecodeError:  # it has the whole text in it: leave it behind
        steps = json_steps(data)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            value: Json = done.value
            return value


def is_light(data: bytes) -> bool:
    """Whether it is read in a few milliseconds, whatever is in it."""
    if len(data) <= _LIGHT_BYTES:
        return True
    if len(data) > _LIGHT_AT_MOST or data.count(b",") > _LIGHT_VALUES:
        return False
    return data.count(b"[") + data.count(b"{") <= _LIGHT_CONTAINERS


def json_steps(data: bytes) -> Generator[None, None, Json]:
    """Reads in steps of a few milliseconds; the generator returns the value.

    Raises `NotJSONError`.
    """
    return _Reading(data).run()


class _Reading:
    """One text. `_stack` has the containers that are open, `_keys` the names of their values."""

    __slots__ = (
        *("_containers", "_data", "_keys", "_position", "_root", "_stack", "_tokens", "_wanted"),
    )

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0
        self._root: Json = None
        self._stack: list[Any] = []
        self._keys: list[str] = []
        self._containers = self._tokens = 0
        self._wanted = _VALUE

    def run(self) -> Generator[None, None, Json]:
        while self._wanted != _NOTHING:
            if self._wanted <= _FIRST_VALUE and self._take_numbers():
                yield
                continue
            found = self._next()
            if self._is_step_over():
                yield
            match found.lastindex:
                case 1:
                    self._take_mark(found[1])
                case 2:
                    self._take_text(self._text(*found.span(2)))
                case 3:
                    self._add(self._scalar(found[3]))
                case 4:
                    self._take_text((yield from self._long_text()))
                case _:  # many blanks
                    yield
        while self._position < len(self._data):
            if self._next().lastindex:
                self._fail()
            yield
        return self._root

    def _next(self) -> re.Match[bytes]:
        found = _TOKEN.match(self._data, self._position)
        if found is None or found.end() == self._position:
            self._fail()
        self._position = found.end()
        return found

    def _is_step_over(self) -> bool:
        self._tokens += 1
        self._check_size()
        return self._tokens % _STEP == 0

    def _check_size(self) -> None:
        if self._tokens > _MOST_TOKENS or self._containers > _MOST_CONTAINERS:
            raise NotJSONError("it has more parts than are read")

    def _take_numbers(self) -> bool:
        """Many numbers of a list at once, in a hundredth of the time that each of them takes."""
        if not self._stack or type(self._stack[-1]) is not list:
            return False
        found = _NUMBERS.match(self._data, self._position)
        if found is None:
            return False
        try:
            numbers = orjson.loads(b"[" + found[0].rstrip()[:-1] + b"]")
        except orjson.JSONDecodeError:  # one by one, then
            return False
        self._tokens += len(numbers) // _NUMBERS_A_TOKEN
        self._check_size()
        self._stack[-1].extend(numbers)  # pyright: ignore[reportUnknownMemberType]  # a list
        self._position = found.end()
        self._wanted = _VALUE
        return True

    def _take_mark(self, mark: bytes) -> None:
        match mark:
            case b",":
                self._check(_COMMA)
                is_object = bool(self._stack) and type(self._stack[-1]) is dict
                self._wanted = _KEY if is_object else _VALUE
            case b":":
                self._check(_COLON)
                self._wanted = _VALUE
            case b"{":
                self._open({}, _FIRST_KEY)
            case b"[":
                self._open([], _FIRST_VALUE)
            case b"}":
                self._close(dict, _FIRST_KEY)
            case _:
                self._close(list, _FIRST_VALUE)

    def _take_text(self, text: str) -> None:
        if self._wanted in (_KEY, _FIRST_KEY):
            self._keys[-1] = text
            self._wanted = _COLON
        else:
            self._add(text)

    def _open(self, container: Any, wanted: int) -> None:
        self._check(_VALUE, _FIRST_VALUE)
        if len(self._stack) >= _MOST_DEPTH:
            raise NotJSONError("it is nested deeper than is read")
        self._containers += 1
        self._stack.append(container)
        self._keys.append("")
        self._wanted = wanted

    def _close(self, kind: type, empty: int) -> None:
        self._check(_COMMA, empty)
        if not self._stack or type(self._stack[-1]) is not kind:
            self._fail()
        self._keys.pop()
        self._wanted = _VALUE
        self._add(self._stack.pop())

    def _add(self, value: Json) -> None:
        self._check(_VALUE, _FIRST_VALUE)
        if not self._stack:
            self._root, self._wanted = value, _NOTHING
            return
        container = self._stack[-1]
        if type(container) is dict:
            container[self._keys[-1]] = value
        else:
            container.append(value)
        self._wanted = _COMMA

    def _check(self, *wanted: int) -> None:
        if self._wanted not in wanted:
            self._fail()

    def _scalar(self, token: bytes) -> Json:
        if token in _WORDS:
            return _WORDS[token]
        number = _NUMBER.fullmatch(token)
        if number is None:
            self._fail()
        return float(token) if number[1] else int(token)

    def _long_text(self) -> Generator[None, None, str]:
        """The text that begins here, its opening quote read."""
        data, start = self._data, self._position
        before, end = start, data.find(b'"', start)
        while end >= 0 and _is_escaped(data, end, before):
            if self._is_step_over():
                yield
            before, end = end, data.find(b'"', end + 1)
        if end < 0:
            self._fail()
        self._position = end + 1
        parts: list[str] = []
        while start < end:
            cut = _cut(data, start, end)
            parts.append(self._text(start, cut))
            start = cut
            if start < end:
                yield
        return "".join(parts)

    def _text(self, start: int, end: int) -> str:
        piece = self._data[start:end]
        text: str | None = None
        try:
            text = piece.decode()
            if b"\\" in piece:
                text = json.loads(f'"{text}"', strict=False)
        except ValueError:  # it has the text in it: leave it behind
            text = None
        if text is None:
            self._fail()
        return text

    def _fail(self) -> NoReturn:
        raise NotJSONError(f"it is no JSON at {self._position}")


def _is_escaped(data: bytes, position: int, start: int) -> bool:
    """Whether an odd number of backslashes stands before it."""
    before = data[start:position]
    return (len(before) - len(before.rstrip(b"\\"))) % 2 == 1


def _cut(data: bytes, start: int, end: int) -> int:
    """Where a piece of a long text may end: within no character, escape or pair of escapes."""
    cut = start + _PIECE
    if cut >= end:
        return end
    while data[cut] & 0xC0 == 0x80 and cut > start + 1:
        cut -= 1
    escape = data.rfind(b"\\", cut - 6, cut)
    if escape >= start and not _is_escaped(data, escape, start):
        cut = escape
    if _FIRST_HALF.fullmatch(data, cut - 6, cut) and not _is_escaped(data, cut - 6, start):
        cut -= 6
    return cut
