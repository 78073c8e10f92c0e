"""Messages as bytes: JSON with the version of its form, and no class of ours in it.

A field that is missing has its default, and one that is unknown is passed over, so that a version
may add fields. What is infinite travels as null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from math import inf
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

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
    told = found.get("version") if type(found) is dict else None
    if told != VERSION:
        raise MessageError(
            f"this process speaks version {VERSION} of the cluster's messages, and got version "
            f"{told}; all processes of a cluster need releases that speak the same version"
        )
    kind = _KINDS.get(found.get("kind", ""))
    if kind is None or (kind is not Refusal and kind not in expected):
        raise MessageError(f"a message of the kind {found.get('kind')!r} is not understood here")
    message = _read(kind, found.get("body"))
    if isinstance(message, Refusal):
        raise RefusedError(message.reason)
    return message  # type: ignore[no-any-return]  # of the kind that was expected


def _read(kind: Any, found: Any) -> Any:
    """A value of this kind."""
    if is_dataclass(kind):
        return _read_record(kind, found)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return None if found is None else _read(next(k for k in inner if k is not NoneType), found)
    if origin is tuple:
        return tuple(_read(inner[0], each) for each in _checked(found, Sequence, kind))
    if origin is dict:
        given = _checked(found, Mapping, kind)
        return {str(key): _read(inner[1], value) for key, value in given.items()}
    if kind is float:
        return inf if found is None else float(_checked(found, (int, float), kind))
    if issubclass(kind, Enum):
        return _read_name(kind, found)
    return _checked(found, kind, kind)


def _read_record(kind: Any, found: Any) -> Any:
    given, values = _checked(found, Mapping, kind), {}
    for name, (hint, required) in _form(kind).items():
        if name in given:
            values[name] = _read(hint, given[name])
        elif required:
            raise MessageError(f"a {kind.__name__} without {name!r} is not understood")
    return kind(**values)


def _read_name(kind: type[Enum], found: Any) -> Enum:
    try:
        return kind(found)
    except ValueError:
        raise MessageError(f"{found!r} is not understood as a {kind.__name__}") from None


@cache
def _form(kind: Any) -> dict[str, tuple[Any, bool]]:
    """The fields of a record: their types, and whether they have to be there."""
    hints = get_type_hints(kind)
    return {
        field.name: (
            hints[field.name],
            field.default is MISSING and field.default_factory is MISSING,
        )
        for field in fields(kind)
    }


def _checked(found: Any, wanted: Any, kind: Any) -> Any:
    if not isinstance(found, wanted) or (isinstance(found, bool) and kind is not bool):
        raise MessageError(f"{found!r} is not understood as {getattr(kind, '__name__', kind)}")
    return found
