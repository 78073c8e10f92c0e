"""What an operator asks of a running fleet over HTTP, and does to it: the verbs of its handles."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from pykka import ActorDeadError

from ...actors.policies.breaker.states import IllegalTransitionError
from ...actors.policies.outcomes.errors import ModelUnavailableError, RuntimeClosedError
from ...config.errors import ConfigurationError, Problem
from ...config.values.log_fields import log_event
from ...config.values.words import nearest, printable
from ..model_handle import ModelHandle
from ..observability.actions import LONGEST, OPERATOR, Author
from ..runtime import Runtime
from .calls.asking import payload_of
from .failures import Failure, Refused, failure_of, refused
from .keys.key import Key
from .request import Request
from .routes import OPERATED, Route, model_and_verb
from .shared import Shared

log = logging.getLogger(__name__)

_BODY_BYTES = 64 * 1024
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
                return self._runtime.snapshot().to_json()
            case "fleet":
                models = self._runtime.snapshot().models.values()
                return orjson.dumps({"models": list(models)})
            case "member":
                return orjson.dumps(self._handle(request.path.removeprefix(OPERATED)).snapshot())
            case "verb":
                return await self._operate(request, key)
            case "reload":
                told = _told(await _fields(request), key)
                return (await self._runtime.reload(reason=told.reason, by=told.by)).to_json()
            case _:
                return await self._drain(await _fields(request, "timeout"), key)

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
        fields = await _fields(request)
        handle = self._handle(model_id)
        told = _told(fields, key)
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
        told = _told(fields, key)
        report = self._runtime.drain(limit, reason=told.reason, by=told.by)
        self._shared.draining = True
        return orjson.dumps(await report)


async def _fields(request: Request, *more: str) -> Mapping[str, Any]:
    """The body: an object of `reason`, `by` and the fields in `more`. Raises `Refused`."""
    allowed = ("reason", "by", *more)
    kind = request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json":
        told = "send content-type: application/json, and a body: {} at least"
        raise refused(415, "unsupported_media_type", told, closes=True)
    body = await request.body(_BODY_BYTES)
    fields = await payload_of(body) if body else {}
    for name in fields:
        if name not in allowed:
            shown = printable(name[:100])
            told = f"there is no field {shown!r}; this path takes {', '.join(allowed)} alone"
            raise refused(400, "invalid_request", told, param=shown)
    for name in ("reason", "by"):
        _line(fields, name, "operator")
    return fields


def _told(fields: Mapping[str, Any], key: Key | None) -> Author:
    """Why it is done, and by whose key; what the caller says of itself stands behind that."""
    holder, said = "server" if key is None else key.id, _line(fields, "by", "")
    by = f"{holder} ({said})" if said else holder
    return Author(by, _line(fields, "reason", OPERATOR))


def _line(fields: Mapping[str, Any], name: str, default: str) -> str:
    line: object = fields.get(name, default)
    if line is default:
        return default
    if not isinstance(line, str) or not 0 < len(line) <= LONGEST or not line.isprintable():
        told = f"{name} is a text in one line, of {LONGEST} characters at most"
        raise refused(400, "invalid_request", told, param=name)
    return line


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
