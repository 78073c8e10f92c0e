"""Requests that are done once more: by this worker, whose body was read, or by another one."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, NamedTuple
from uuid import uuid4

from ..request import Held, Receive, Request

BODY_BYTES = 64 * 1024
"""The most that an operator sends."""
_NEW_ID = "hive.new_id"
_PART = "hive.part"


class Part(NamedTuple):
    """The part of a worker in what several divide: it is number `at`, from 0, of `among`."""

    at: int
    among: int

    def of(self, total: int) -> int:
        """How much of a number is its part.

        >>> [Part(at, 3).of(5) for at in range(4)]
        [2, 2, 1, 0]
        """
        if self.at >= self.among:
            return 0
        return total // self.among + (self.at < total % self.among)


WHOLE = Part(0, 1)


def new_id() -> str:
    """An id for what a request makes, so that all workers give it the same."""
    return uuid4().hex[:12]


def chosen_id(request: Request) -> str | None:
    """The id that what a request makes is to have; None: any."""
    found: str | None = request.scope.get(_NEW_ID)
    return found


def own_part(request: Request) -> Part:
    """The part of this worker in what a request asks of all."""
    found: Part = request.scope.get(_PART, WHOLE)
    return found


def replayed(request: Request, body: bytes, id: str, part: Part = WHOLE) -> Request:
    """The same request, whose body may be read once more."""
    scope = {**request.scope, _NEW_ID: id, _PART: part}
    return Request(scope, _once(body), _unsent, Held(BODY_BYTES))


def repeated(path: str, body: str, id: str, part: Part = WHOLE) -> Request:
    """What another worker was asked; no client waits for it."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
        _NEW_ID: id,
        _PART: part,
    }
    return Request(scope, _once(body.encode()), _unsent, Held(BODY_BYTES))


def _once(body: bytes) -> Receive:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _unsent(_message: Mapping[str, Any]) -> None:
    """The answer goes by the request of the client."""
