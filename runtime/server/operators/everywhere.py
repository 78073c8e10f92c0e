"""What an operator asks of one worker is asked of all of them, and what is done is done by all.

It is done where the request came first. A refusal there is one for all, but for what only another
worker may know: an alert, or an experiment, that it alone has.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import orjson

from ....actors.policies.chaos.errors import another_runs
from ....config.values.log_fields import log_event
from ..dialects.dialect import is_object
from ..failures import Refused, refused
from ..keys.key import Key
from ..keys.keys import Keys
from ..request import Request
from ..routes import Route, model_and_verb, route_at
from ..shared import Shared
from ..siblings.siblings import WITHIN, Said, Siblings
from ..siblings.views import VIEWS, view_of_all
from ..siblings.words import OPERATE, RUNNING, VIEW
from .again import BODY_BYTES, new_id, repeated, replayed
from .repeating import is_by_the_owners, joined, lasting_of
from .running_faults import Asked, RunningFaults, experiment_in, experiments
from .table import Operators

log: logging.Logger = logging.getLogger(__name__)

_HERE_ALONE = frozenset({"test_channel", "operate_cluster"})
"""A notification of which one is enough, and what the owners tell to all."""
_KNOWN_ELSEWHERE = frozenset({"acknowledge", "end_silence"})
_NOT_HERE = b"?"


class Everywhere:
    """Answers as `Operators`, and has the siblings do the same."""

    def __init__(self, shared: Shared, siblings: Siblings, keys: Keys | None) -> None:
        self._shared = shared
        self._operators = Operators(shared)
        self._siblings = siblings
        self._keys = keys
        self._faults = RunningFaults(shared.runtime)
        siblings.on(OPERATE, self._repeat)
        siblings.on(RUNNING, self._running)
        siblings.on(VIEW, self._viewed)

    async def answer(self, request: Request, route: Route, key: Key | None) -> bytes:
        """The JSON of the answer. Raises `Refused`."""
        if route.name in VIEWS:
            return await self._view(request, route, key)
        if request.scope["method"] != "POST" or not self._concerns_all(request.path, route):
            return await self._operators.answer(request, route, key)
        return await self._operate(request, route, key)

    async def _operate(self, request: Request, route: Route, key: Key | None) -> bytes:
        number = self._siblings.number
        body = await request.body(BODY_BYTES)
        digest = None if key is None else key.digest.hex()
        among = await self._among(body) if route.name == "inject" else 0
        asked = Asked(
            request.path, body.decode("utf-8", "replace"), digest, new_id(), number, among
        )
        again = replayed(request, body, asked.id, asked.part_of(number))
        wait = _wait(route, body)
        if route.name == "drain":  # they begin at once, and not after this worker
            own, others = await asyncio.gather(
                self._operators.answer(again, route, key), self._ask(asked, wait)
            )
            return joined(route.name, {number: own, **others})
        try:
            own = await self._operators.answer(again, route, key)
        except Refused as error:
            if route.name not in _KNOWN_ELSEWHERE or error.failure.status != 404:
                raise
            others = await self._ask(asked, wait)
            if not others:
                raise
            return next(iter(others.values()))
        self._remember(route, asked)
        return joined(route.name, {number: own, **await self._ask(asked, wait)})

    async def _view(self, request: Request, route: Route, key: Key | None) -> bytes:
        """What all have of it; `workers` says how many of how many have answered."""
        own = await self._operators.answer(request, route, key)
        others = await self._siblings.others(VIEW, request.path)
        said: dict[int, bytes | str] = {self._siblings.number: own}
        said |= {one.worker: one.body for one in others}
        found = view_of_all(route.name, {n: orjson.loads(one) for n, one in said.items()})
        return orjson.dumps({**found, "workers": self._siblings.counted(len(said))})

    async def _viewed(self, path: bytes) -> bytes:
        """What this worker alone has of it. One that cannot say so is not counted."""
        route = route_at(path.decode())
        assert route is not None, "another worker has found it"
        return await self._operators.answer(repeated(path.decode(), "", ""), route, None)

    async def _among(self, body: bytes) -> int:
        """How many divide the calls of a fault. Raises `Refused` where others run too much."""
        said = await self._siblings.others(RUNNING)
        elsewhere = experiments(one.body for one in said)
        chaos, settings = self._shared.runtime.chaos, self._shared.runtime.config.global_.chaos
        running = elsewhere | {one.id for one in chaos.running()}
        is_new = experiment_in(body) not in running
        if is_new and elsewhere and len(running) >= settings.max_experiments:
            error = another_runs(sorted(elsewhere))
            raise refused(409, error.code, str(error))
        return max(self._siblings.workers, self._siblings.number, *(one.worker for one in said))

    def _concerns_all(self, path: str, route: Route) -> bool:
        if route.name in _HERE_ALONE:
            return False
        models = self._shared.names.models
        return route.name != "verb" or not is_by_the_owners(models, *model_and_verb(path))

    async def _ask(self, asked: Asked, wait: float) -> dict[int, bytes]:
        """What those answer that have done it; the log has those that have not."""
        said = await self._siblings.others(OPERATE, asked.encoded(), wait)
        done, not_done = _sorted(said)
        for worker, told in not_done:
            log.warning(
                "worker %d has not done what an operator asks, at %s: %s",
                *(worker, asked.path, told),
                extra=log_event("worker.not_operated", worker=worker, path=asked.path),
            )
        return done

    def _remember(self, route: Route, asked: Asked) -> None:
        if route.name == "inject":
            self._faults.keep(asked)
        lasting = lasting_of(route, asked.path, orjson.loads(asked.body or "{}"))
        if lasting is None:
            return
        if lasting.is_over:
            self._siblings.forget(lasting.subject)
        else:
            self._siblings.remember(lasting.subject, OPERATE, asked.encoded())

    async def _repeat(self, told: bytes) -> bytes:
        """Do what another worker has done. A failure is told, as it may be one of this worker."""
        asked = Asked(*orjson.loads(told))
        route = route_at(asked.path)
        assert route is not None, "another worker has found it"
        if self._faults.knows(asked.id):
            return b"+{}"
        key = None
        if asked.digest is not None and self._keys is not None:
            key = self._keys.known(bytes.fromhex(asked.digest))
        part = asked.part_of(self._siblings.number)
        request = repeated(asked.path, asked.body, asked.id, part)
        try:
            done = await self._operators.answer(request, route, key)
        except Refused as error:
            is_unknown = route.name in _KNOWN_ELSEWHERE and error.failure.status == 404
            return _NOT_HERE if is_unknown else b"-" + error.failure.message.encode()
        if route.name == "inject":
            self._faults.keep(asked)
        return b"+" + done

    async def _running(self, _: bytes) -> bytes:
        return orjson.dumps(self._faults.all())


def _sorted(said: Sequence[Said]) -> tuple[dict[int, bytes], list[tuple[int, str]]]:
    done = {one.worker: one.body[1:].encode() for one in said if one.body.startswith("+")}
    return done, [(one.worker, one.body[1:]) for one in said if one.body.startswith("-")]


def _wait(route: Route, body: bytes) -> float:
    """Seconds for the others: a drain may take as long as its operator wants."""
    if route.name != "drain":
        return WITHIN
    try:
        fields: object = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        fields = None
    seconds = fields.get("timeout") if is_object(fields) else None
    return WITHIN + (float(seconds) if isinstance(seconds, int | float) else 30.0)
