"""What an operator asks of a running fleet over HTTP, and does to it: the verbs of its handles."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import orjson
from pykka import ActorDeadError

from ....actors.policies.breaker.states import IllegalTransitionError
from ....actors.policies.outcomes.errors import ModelUnavailableError, RuntimeClosedError
from ....config.errors import ConfigurationError, Problem
from ....config.values.log_fields import log_event
from ....config.values.words import nearest, printable
from ...handles.model import ModelHandle
from ...runtime import Runtime
from ..failures import Failure, Refused, failure_of, refused
from ..fields import fields_of, told_of
from ..keys.key import Key
from ..request import Request
from ..routes import OPERATED, Route, model_and_verb
from ..shared import Shared
from ..together import Together

log: logging.Logger = logging.getLogger(__name__)

_LONGEST_DRAIN = 24 * 3600.0

_SWITCHES: Mapping[str, Callable[..., object]] = {
    "trip": ModelHandle.trip,
    "reset": ModelHandle.reset,
    "force_open": ModelHandle.force_open,
    "disable": ModelHandle.disable,
    "metrics_only": ModelHandle.metrics_only,
    "maintenance": ModelHandle.enter_maintenance,
    "leave_maintenance": ModelHandle.leave_maintenance,
}


class Operating:
    """Answers the paths below `/admin/`; the key of the request was checked before."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        siblings = shared.siblings
        self._together = None if siblings is None else Together(shared.runtime, siblings)

    async def answer(self, request: Request, route: Route, key: Key | None) -> bytes:
        """The JSON of the answer. Raises `Refused` for what is unknown or cannot be done."""
        try:
            return await self._answer(request, route.name, key)
        except IllegalTransitionError as error:
            raise refused(409, error.code, str(error)) from None
        except ConfigurationError as error:
            raise _unusable(error) from None
        except RuntimeClosedError as error:
            raise Refused(failure_of(error)) from None
        except ActorDeadError:
            told = "the actor of this model is not running; restart it first"
            raise refused(409, "model_not_running", told) from None

    async def _answer(self, request: Request, name: str, key: Key | None) -> bytes:
        match name:
            case "snapshot":
                return orjson.dumps(await self._snapshot())
            case "fleet":
                models = (await self._snapshot())["models"].values()
                return orjson.dumps({"models": list(models)})
            case "member":
                handle = self._handle(request.path.removeprefix(OPERATED))
                if self._together is None:
                    return orjson.dumps(handle.snapshot())
                return orjson.dumps((await self._together.snapshot())["models"][handle.id])
            case "verb":
                return await self._operate(request, key)
            case "reload":
                told = told_of(await fields_of(request), key)
                return (await self._runtime.reload(reason=told.reason, by=told.by)).to_json()
            case _:
                return await self._drain(await fields_of(request, "timeout"), key)

    async def _snapshot(self) -> Mapping[str, Any]:
        """Of this process, or of all workers."""
        if self._together is not None:
            return await self._together.snapshot()
        own = self._runtime.snapshot()
        return {field.name: getattr(own, field.name) for field in fields(own)}

    @property
    def _runtime(self) -> Runtime:
        return self._shared.runtime

    def _handle(self, model_id: str) -> ModelHandle:
        try:
            return self._runtime.model(model_id)
        except ModelUnavailableError:
            pass
        known = self._runtime.snapshot().models
        meant = nearest(model_id[:200], known)
        advice = f"did you mean {meant!r}?" if meant else "/admin/models lists what there is"
        told = f"there is no model {printable(model_id[:100])!r}; {advice}"
        raise refused(404, "model_not_found", told, param="model")

    async def _operate(self, request: Request, key: Key | None) -> bytes:
        model_id, verb = model_and_verb(request.path)
        fields = await fields_of(request)
        handle = self._handle(model_id)
        told = told_of(fields, key)
        reason = told.reason
        log.info(
            "operated model=%s verb=%s reason=%s id=%s",
            handle.id,
            verb,
            reason,
            request.id,
            extra=log_event(
                "model.operated", model=handle.id, verb=verb, reason=reason, id=request.id
            ),
        )
        if verb == "restart":
            if not handle.restart(reason=reason, by=told.by):
                why = f"the actor of {model_id!r} does not start; the log of the server says why"
                raise refused(409, "not_started", why)
        elif verb == "check_health":
            await handle.check_health()
        else:
            _SWITCHES[verb](handle, reason=told.reason, by=told.by)
        return orjson.dumps(handle.snapshot())

    async def _drain(self, fields: Mapping[str, Any], key: Key | None) -> bytes:
        """The server and its fleet take no more; the process goes on until it is told to end."""
        seconds = fields.get("timeout")
        if seconds is not None and not _is_span(seconds):
            raise refused(400, "invalid_request", "timeout is seconds, a number from 0 up to a day")
        limit = self._shared.limits.drain if seconds is None else seconds
        told = told_of(fields, key)
        report = self._runtime.drain(limit, reason=told.reason, by=told.by)
        self._shared.draining = True
        return orjson.dumps(await report)


def _is_span(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= _LONGEST_DRAIN and math.isfinite(value)


def _unusable(error: ConfigurationError) -> Refused:
    """Every mistake with its place; what stands there is not quoted beyond the message."""
    alone = Problem(error.file, None, error.key, None, str(error))
    problems = tuple(
        {"file": one.file, "line": one.line, "key": one.key, "message": one.message}
        for one in error.problems or (alone,)
    )
    told = str(error)
    return Refused(Failure(400, error.code, told, should_retry=False, problems=problems))
