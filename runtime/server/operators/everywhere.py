"""What an operator does through one worker is done by all of them.

It is done where the request came first. A refusal there is one for all, but for what only another
worker may know: an alert, or an experiment, that it alone has.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from ....config.settings.distribution.cluster import Scope
from ....config.values.log_fields import log_event
from ..failures import Refused
from ..keys.key import Key
from ..keys.keys import Keys
from ..request import Held, Request
from ..routes import Route, model_and_verb, route_at
from ..shared import Shared
from ..siblings.siblings import WITHIN, Said, Siblings
from ..siblings.words import OPERATE
from .repeating import SILENCE_ID, joined, lasting_of
from .table import Operators

log = logging.getLogger(__name__)

_BODY_BYTES = 64 * 1024
_HERE_ALONE = frozenset({"steady", "test_channel"})
"""A measurement, and a notification of which one is enough."""
_KNOWN_ELSEWHERE = frozenset({"acknowledge", "end_silence"})
_BY_THE_OWNERS = frozenset({"trip", "reset", "force_open", "disable", "metrics_only"})
"""Verbs for a breaker; where all processes of a cluster share it they hear of it by themselves."""


class Everywhere:
    """Answers as `Operators`, and has the siblings do the same."""

    def __init__(self, shared: Shared, siblings: Siblings, keys: Keys | None) -> None:
        self._shared = shared
        self._operators = Operators(shared)
        self._siblings = siblings
        self._keys = keys
        siblings.on(OPERATE, self._repeat)

    async def answer(self, request: Request, route: Route, key: Key | None) -> bytes:
        """The JSON of the answer. Raises `Refused`."""
        if request.scope["method"] != "POST" or not self._concerns_all(request.path, route):
            return await self._operators.answer(request, route, key)
        body = await request.body(_BODY_BYTES)
        again = _replayed(request, body)
        wait = _wait(route, body)
        if route.name == "drain":  # they begin at once, and not after this worker
            own, others = await asyncio.gather(
                self._operators.answer(again, route, key),
                self._ask(request.path, body, key, None, wait),
            )
            return joined(route.name, own, others)
        try:
            own = await self._operators.answer(again, route, key)
        except Refused as error:
            if route.name not in _KNOWN_ELSEWHERE or error.failure.status != 404:
                raise
            others = await self._ask(request.path, body, key, None, wait)
            if not others:
                raise
            return others[0]
        self._remember(route, request.path, body, key)
        id = orjson.loads(own)["id"] if route.name == "silence" else None
        return joined(route.name, own, await self._ask(request.path, body, key, id, wait))

    def _concerns_all(self, path: str, route: Route) -> bool:
        if route.name in _HERE_ALONE:
            return False
        return route.name != "verb" or not self._is_by_the_owners(*model_and_verb(path))

    def _is_by_the_owners(self, model_id: str, verb: str) -> bool:
        if verb not in _BY_THE_OWNERS:
            return False
        models = self._shared.names.models
        scopes = {model.id: model.circuit_breaker.scope for model in models}
        return scopes.get(model_id) is Scope.CLUSTER

    async def _ask(
        self, path: str, body: bytes, key: Key | None, id: str | None, wait: float
    ) -> list[bytes]:
        """What those answer that have done it; the log has those that have not."""
        asked = _Asked(path, body.decode(), None if key is None else key.digest.hex(), id)
        said = await self._siblings.others(OPERATE, orjson.dumps(asked).decode(), wait)
        done, not_done = _sorted(said)
        for worker, told in not_done:
            log.warning(
                "worker %d has not done what an operator asks, at %s: %s",
                *(worker, path, told),
                extra=log_event("worker.not_operated", worker=worker, path=path),
            )
        return done

    def _remember(self, route: Route, path: str, body: bytes, key: Key | None) -> None:
        lasting = lasting_of(route, path, orjson.loads(body or b"{}"))
        if lasting is None:
            return
        if lasting.is_over:
            self._siblings.forget(lasting.subject)
            return
        asked = _Asked(path, body.decode(), None if key is None else key.digest.hex(), None)
        self._siblings.remember(lasting.subject, OPERATE, orjson.dumps(asked).decode())

    async def _repeat(self, told: bytes) -> bytes:
        """Do what another worker has done. A failure is told, as it may be one of this worker."""
        asked = _Asked(*orjson.loads(told))
        route = route_at(asked.path)
        assert route is not None, "another worker has found it"
        key = None
        if asked.digest is not None and self._keys is not None:
            key = self._keys.known(bytes.fromhex(asked.digest))
        request = _request(asked.path, asked.body.encode(), asked.id)
        try:
            return b"+" + await self._operators.answer(request, route, key)
        except Refused as error:
            return b"-" + error.failure.message.encode()


class _Asked(NamedTuple):
    """`digest` of the operator's key; `id` for what is made, so that all have the same."""

    path: str
    body: str
    digest: str | None
    id: str | None


def _sorted(said: Sequence[Said]) -> tuple[list[bytes], list[tuple[int, str]]]:
    done = [one.body[1:].encode() for one in said if one.body.startswith("+")]
    return done, [(one.worker, one.body[1:]) for one in said if not one.body.startswith("+")]


def _wait(route: Route, body: bytes) -> float:
    """Seconds for the others: a drain may take as long as its operator wants."""
    if route.name != "drain":
        return WITHIN
    try:
        fields: Any = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        fields = {}
    seconds = fields.get("timeout") if isinstance(fields, dict) else None
    return WITHIN + (float(seconds) if isinstance(seconds, int | float) else 30.0)


def _replayed(request: Request, body: bytes) -> Request:
    """The same request, whose body may be read once more."""
    return Request(request.scope, _once(body), _unsent, Held(_BODY_BYTES))


def _request(path: str, body: bytes, id: str | None) -> Request:
    """A request that no client has made."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
        SILENCE_ID: id,
    }
    return Request(scope, _once(body), _unsent, Held(_BODY_BYTES))


def _once(body: bytes) -> Any:
    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _unsent(_message: Mapping[str, Any]) -> None:
    """An operator's answer goes by the request that came in."""
