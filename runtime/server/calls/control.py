"""What a client may say of its request beside the payload: `x-hive-` headers and two fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from ....actors.task import Priority
from ....config.values.families import Family
from ..dialects.dialect import is_object
from ..failures import refused
from ..limits import ServerLimits
from ..request import Request

_MESSAGES = frozenset({Family.MESSAGE, Family.MESSAGE_TOKENS})
_MOST_NAMES = 32
_LONGEST_SESSION = 200


class Control(NamedTuple):
    """`fallbacks`: names to ask behind the model; None: those of the settings. `timeout`: seconds.

    `fallback` False: ask the first model alone.
    """

    fallbacks: tuple[str, ...] | None = None
    timeout: float | None = None
    fallback: bool = True
    priority: Priority = Priority.NORMAL
    metadata: Mapping[str, Any] = {}
    hops: int = 0
    session: str | None = None


_USUAL = Control()


def control_of(request: Request, limits: ServerLimits) -> Control:
    """What the headers say. Raises `Refused` for what cannot be understood."""
    if not any(name.startswith(b"x-hive-") for name in request.headers):
        return _USUAL
    header = request.header
    session = (header(b"x-hive-session") or "")[:_LONGEST_SESSION] or None
    names = header(b"x-hive-fallbacks")
    return Control(
        fallbacks=None if names is None else _names(names.split(",")),
        timeout=_seconds(header(b"x-hive-timeout")),
        fallback=_switch(header(b"x-hive-fallback")),
        priority=_priority(header(b"x-hive-priority")),
        metadata=_metadata(header(b"x-hive-metadata"), session, limits),
        hops=_hops(header(b"x-hive-hops"), limits),
        session=session,
    )


def take_names(payload: dict[str, Any], family: Family) -> tuple[str, ...] | None:
    """The names in the fields `fallbacks` or `models` of a body in OpenAI's form, taken out of it.

    A message's own field of that name is the provider's, and stays. Raises `Refused`.
    """
    if family in _MESSAGES:
        return None
    told: list[object] = []
    for field in ("models", "fallbacks"):
        if field in payload:
            value = payload.pop(field)
            if not isinstance(value, list):
                raise _wrong(f"{field} is a list of names", field)
            told += value
    if not told:
        return None
    if not all(isinstance(name, str) for name in told):
        raise _wrong("fallbacks and models are lists of names", "fallbacks")
    return _names([str(name) for name in told])


def _names(found: list[str]) -> tuple[str, ...]:
    names = tuple(name for one in found if (name := one.strip()))
    if len(names) > _MOST_NAMES:
        raise _wrong(f"more than {_MOST_NAMES} fallbacks", "fallbacks")
    return names


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        raise _wrong("x-hive-timeout is seconds, a number above 0")
    return seconds


def _switch(text: str | None) -> bool:
    match (text or "true").lower():
        case "true" | "1" | "on" | "yes":
            return True
        case "false" | "0" | "off" | "no":
            return False
        case _:
            raise _wrong("x-hive-fallback is true or false")


def _priority(text: str | None) -> Priority:
    if text is None:
        return Priority.NORMAL
    try:
        return Priority(text.lower())
    except ValueError:
        raise _wrong(f"x-hive-priority is one of {', '.join(Priority)}") from None


def _metadata(text: str | None, session: str | None, limits: ServerLimits) -> Mapping[str, Any]:
    found: object = {}
    if text is not None:
        if len(text) > limits.metadata_bytes:
            raise _wrong(f"x-hive-metadata has more than {limits.metadata_bytes} bytes")
        try:
            found = orjson.loads(text)
        except orjson.JSONDecodeError:
            found = None
    if not is_object(found):
        raise _wrong("x-hive-metadata is a JSON object")
    return found if session is None else {**found, "session": session}


def _hops(text: str | None, limits: ServerLimits) -> int:
    if text is None:
        return 0
    if not text.isdigit() or len(text) > 3:
        raise _wrong("x-hive-hops is a count")
    if int(text) > limits.hops:
        told = "this request has come through too many servers like this one; a model's endpoint "
        raise refused(508, "loop_detected", told + "seems to be this server itself")
    return int(text)


def _wrong(told: str, param: str | None = None) -> Exception:
    return refused(400, "invalid_request", told, param=param)
