"""Requests that ask a model: the body becomes a task, and its result the answer."""

from __future__ import annotations

import time
from typing import NamedTuple

from ....actors.policies.health.status import ModelStatus
from ....actors.result import TaskResult
from ....actors.task import Plan
from ....config.errors import ResilienceError
from ....config.settings.model import ModelConfig
from ....config.values.families import Family, takes, usual_families
from ...stream import Stream
from ..dialects.dialect import Dialect, is_object
from ..failures import Failure, Refused, failure_of, refused
from ..keys.key import Key
from ..request import Request
from ..shared import Shared
from .asking import Call, call_of, payload_of
from .control import control_of
from .pins import Pins, needed_state, states_of
from .presence import Presence
from .streaming import StreamAnswer, failure_in
from .whole import body_of, headers_of

_PINNED = frozenset({Family.RESPONSE, Family.RESPONSE_COMPACT})
_OUT = frozenset({ModelStatus.UNAVAILABLE, ModelStatus.MAINTENANCE})


class Answered(NamedTuple):
    """What has become of a request, for the log and the limits of its key."""

    status: int
    name: str | None = None
    result: TaskResult | None = None
    ended: str = "whole"


class ModelCalls:
    """Answers the requests of all families for one application."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._pins = Pins()

    async def answer(
        self, request: Request, dialect: Dialect, key: Key | None, presence: Presence
    ) -> Answered:
        """Ask the models. Raises `Refused` where the request is wrong."""
        shared = self._shared
        control = control_of(request, shared.limits)
        payload = await payload_of(await request.body(shared.limits.body_bytes))
        call = call_of(payload, control, request, dialect, shared.names, key)
        if dialect.family in _PINNED:
            call = call._replace(plan=await self._pinned(call, dialect.family))
        if call.streams:
            return await self._stream(request, dialect, call, presence, key)
        return await self._whole(request, dialect, call, presence)

    async def _whole(
        self, request: Request, dialect: Dialect, call: Call, presence: Presence
    ) -> Answered:
        result: TaskResult | None = None
        with presence:
            result = await self._shared.runtime.execute(call.task, plan=call.plan)
        if presence.gone:
            return Answered(499, call.name, result, "client gone")
        if presence.ended or result is None:
            raise stopping()
        if result.error is not None:
            failure = failure_of(result.error)
            await self._shared.fail(request, dialect, failure, result)
            return Answered(dialect.status(failure), call.name, result)
        body = body_of(result, dialect, request)
        headers = [*headers_of(result, request), *self._shared.closing_headers()]
        self._note(dialect, result.response, result.model_used)
        await request.answer(_status_of(result), headers, body)
        return Answered(200, call.name, result)

    async def _stream(
        self, request: Request, dialect: Dialect, call: Call, presence: Presence, key: Key | None
    ) -> Answered:
        shared = self._shared
        stream = shared.runtime.stream(call.task, plan=call.plan)
        writer = StreamAnswer(request, dialect, shared.limits, shared.closing_headers())
        failure: Failure | None = None
        leave = await shared.streams.enter(key)
        try:
            try:
                with presence:
                    await writer.go(stream)
            except (ResilienceError, Refused) as error:
                failure = failure_in(error)
            finally:
                writer.close()
            result = _result_of(stream)
            if presence.gone:
                return Answered(499, call.name, result, "client gone")
            if presence.ended:
                failure = failure_in(stopping())
            if failure is None:
                self._note(dialect, writer.last_response, None if not result else result.model_used)
                return Answered(200, call.name, result)
            if not request.begun:
                await shared.fail(request, dialect, failure, result)
                return Answered(dialect.status(failure), call.name, result)
            await writer.fail(failure)
            return Answered(200, call.name, result, "error in the stream")
        finally:
            leave(0)

    # The state that a response goes on with.

    async def _pinned(self, call: Call, family: Family) -> Plan | None:
        """The model that has the state; others do not know it, so there is no going on to them."""
        state = needed_state(call.task.payload)
        if state is None:
            return call.plan
        model_id = await self._model_of(state)
        models = [model.id for model in self._shared.names.models if _speaks(model, family)]
        if model_id is None and len(models) == 1:
            model_id = models[0]
        # Not told apart: a key that may not ask a model learns nothing of its states.
        if model_id is None or (call.plan is not None and model_id not in call.plan.model_ids):
            told = "this server knows no model of this name with that state; send the whole input"
            raise refused(409, "state_unavailable", told)
        status = self._shared.runtime.model(model_id).status()
        if status in _OUT:
            told = f"the state is at {model_id}, which is {status!s}; send the whole input"
            raise refused(409, "state_unavailable", told)
        return Plan(model_id, own_fallbacks=False)

    def _note(self, dialect: Dialect, response: object, model_id: str | None) -> None:
        if dialect.family in _PINNED and is_object(response) and model_id is not None:
            self._pins.note(response, model_id, time.monotonic())
            if self._shared.siblings is not None:
                self._shared.siblings.pin(states_of(response), model_id)

    async def _model_of(self, state: str) -> str | None:
        model_id = self._pins.model_of(state, time.monotonic())
        if model_id is None and self._shared.siblings is not None:
            return await self._shared.siblings.pinned(state)
        return model_id


def _result_of(stream: Stream) -> TaskResult | None:
    """What the stream has come to; None: it was given up before it began."""
    try:
        return stream.result
    except RuntimeError:
        return None


def _speaks(model: ModelConfig, family: Family) -> bool:
    if model.executor is not None:
        return False
    return takes(model.families or usual_families(model.provider), family)


def _status_of(result: TaskResult) -> int:
    status = getattr(result.value, "status", 200)
    return status if isinstance(status, int) and 200 <= status < 300 else 200


def stopping() -> Refused:
    """For what is under way when the server has no more time for it."""
    return refused(503, "stopping", "the server is stopping", retry_after=1.0)
