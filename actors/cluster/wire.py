"""Messages as bytes: JSON with the version of its form, and no class of ours in it.

A field that is missing has its default, and one that is unknown is passed over, so that a version
may add fields. What is infinite travels as null.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from math import inf
from types import NoneType, UnionType
from typing import Any, TypeAlias, TypeVar, cast, get_args, get_origin, get_type_hints

import orjson

from .messages import Answer, Done, Exchange, Leave, Operate, Refusal, Views, Watch
from .survey import AskFleet, FleetTold

VERSION = 1
_KINDS = {
    kind.__name__: kind
    for kind in (
        *(Answer, AskFleet, Done, Exchange, FleetTold),
        *(Leave, Operate, Refusal, Views, Watch),
    )
}
M = TypeVar("M")
Read: TypeAlias = Callable[[Any], Any]


class MessageError(ValueError):
    """Bytes that are no message which this version understands; the text says why."""


class RefusedError(Exception):
    """The other side has not understood a message; the text says why."""


def encode(message: object) -> bytes:
    """A message as bytes."""
    return orjson.dumps({"version": VERSION, "kind": type(message).__name__, "body": message})


def decode(data: bytes, *expected: type[M]) -> M:
    """The message of these bytes, which is one of those `expected`.

    Raises `MessageError` in words for a person, and `RefusedError` where the message is a refusal.
    """
    try:
        found: Any = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise MessageError(f"this is no message of a cluster: {error}") from None
    given: dict[str, Any] = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    told = given.get("version")
    if told != VERSION:
        raise MessageError(
            f"this process speaks version {VERSION} of the cluster's messages, and got version "
            f"{told}; all processes of a cluster need releases that speak the same version"
        )
    kind: Any = _KINDS.get(str(given.get("kind")))
    if kind is None or (kind is not Refusal and kind not in expected):
        raise MessageError(f"a message of the kind {given.get('kind')!r} is not understood here")
    message = _reader(kind)(given.get("body"))
    if isinstance(message, Refusal):
        raise RefusedError(message.reason)
    return message  # type: ignore[no-any-return]  # of the kind that was expected


@cache
def _reader(kind: Any) -> Read:
    """What makes a value of this kind of what JSON has; looked up once for each kind."""
    origin, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _record_reader(kind)
    if origin is UnionType:
        some = _reader(next(k for k in inner if k is not NoneType))
        return lambda found: None if found is None else some(found)
    if origin is tuple:
        each = _reader(inner[0])
        return lambda found: tuple(map(each, _checked(found, list, kind)))
    if origin is dict:
        value = _reader(inner[1])
        return lambda found: {k: value(v) for k, v in _checked(found, dict, kind).items()}
    if kind is float:
        return _read_float
    if issubclass(kind, Enum):
        return lambda found: _read_name(kind, found)
    return lambda found: found if type(found) is kind else _checked(found, kind, kind)


def _record_reader(kind: Any) -> Read:
    hints = get_type_hints(kind)
    form = [
        (f.name, _reader(hints[f.name]), f.default is MISSING and f.default_factory is MISSING)
        for f in fields(kind)
    ]

    def read(found: Any) -> Any:
        given, values = _checked(found, dict, kind), dict[str, Any]()
        for name, value, required in form:
            if name in given:
                values[name] = value(given[name])
            elif required:
                raise MessageError(f"a {kind.__name__} without {name!r} is not understood")
        return kind(**values)

    return read


def _read_float(found: Any) -> float:
    return inf if found is None else float(_checked(found, (int, float), float))


def _read_name(kind: type[Enum], found: Any) -> Enum:
    try:
        return kind(found)
    except ValueError:
        raise MessageError(f"{found!r} is not understood as a {kind.__name__}") from None


def _checked(found: Any, wanted: Any, kind: Any) -> Any:
    if not isinstance(found, wanted) or (isinstance(found, bool) and kind is not bool):
        raise MessageError(f"{found!r} is not understood as {getattr(kind, '__name__', kind)}")
    return found
