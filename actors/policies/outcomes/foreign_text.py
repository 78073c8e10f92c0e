"""What may be shown of an error that is not ours: its text without keys and without the prompt."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from ....config.errors import ResilienceError
from ....config.values.redaction import redacted
from .foreign import as_mapping, as_sequence, members_of

_SHORTEST = 4
"""Shorter texts of a payload are words like any other, and stay."""
_MOST = 200
_DEPTH = 8
_CHAIN = 5


def described(error: BaseException | None, payload: object = None) -> str:
    """An error of ours in its own words; any other by its class and its text, made fit to show."""
    if isinstance(error, ResilienceError):
        return _text_of(error) or type(error).__name__
    told = redacted(_text_of(error), texts_in(payload))
    return f"{type(error).__name__}: {told}" if told else type(error).__name__


def report_of(error: BaseException, payload: object) -> str:
    """The traceback of an error and of what caused it, made fit to show: no local variables."""
    return "\n".join(_lines(error, payload, _CHAIN))


def texts_in(payload: object) -> list[str]:
    """The texts of a payload, at most so many and so deep, the longest first."""
    found = [text for text in _texts(payload, _DEPTH) if len(text) >= _SHORTEST]
    return sorted(found[:_MOST], key=len, reverse=True)


def _texts(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        # As `repr` writes it, which is how a KeyError or an f"{text!r}" would show it.
        yield repr(value)[1:-1]
    elif depth:
        members = as_mapping(value)
        for inner in as_sequence(value) or (() if members is None else members.values()):
            yield from _texts(inner, depth - 1)


def _text_of(error: BaseException | None) -> str:
    try:
        return str(error)
    except Exception:  # a class of the user's may fail at being shown
        return ""


def _lines(error: BaseException, payload: object, depth: int) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and depth:
        yield from _lines(cause, payload, depth - 1)
        yield "which led to:"
    for frame in traceback.extract_tb(error.__traceback__, limit=-20):
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
    yield described(error, payload)
    for note in getattr(error, "__notes__", ()):
        yield redacted(str(note), texts_in(payload))
    for member in (members_of(error) or ())[:3] if depth else ():
        yield from _lines(member, payload, depth - 1)
