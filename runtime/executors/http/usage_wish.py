"""The usage of a stream, which OpenAI's form tells only where the request asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .wire.json_value import Json

_OPTIONS, _WISH = "stream_options", "include_usage"
_NAMES = (_OPTIONS.encode(), _WISH.encode())
_MAY_REFUSE = frozenset({400, 422})


def is_wished(fields: Mapping[str, Any]) -> bool:
    """Whether the caller wants the usage of a stream as an event of its own."""
    options: Json = fields.get(_OPTIONS)
    return isinstance(options, Mapping) and bool(options.get(_WISH))


def may_refuse(status: int) -> bool:
    """Whether an answer with this status may refuse a field of the request."""
    return status in _MAY_REFUSE


class UsageWishes:
    """Asks for the usage unless the payload says anything about it, or the model has refused.

    >>> wishes = UsageWishes()
    >>> wishes.added({"model": "tiny"})
    {'model': 'tiny', 'stream_options': {'include_usage': True}}
    """

    def __init__(self) -> None:
        self._refused: set[object] = set()

    def added(self, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields with the wish, or the same where there is no place for it."""
        options = fields.get(_OPTIONS)
        if fields.get("model") in self._refused or (options and not isinstance(options, Mapping)):
            return fields
        if options and _WISH in options:
            return fields
        return {**fields, _OPTIONS: {**(options or {}), _WISH: True}}

    def is_refused(self, fields: dict[str, Any], words: bytes) -> bool:
        """Whether an error's body refuses the wish; it is not made again for this model then."""
        if not any(name in words for name in _NAMES):
            return False
        self._refused.add(fields.get("model"))
        return True
