"""What a visitor does to a model, with a reason and a row for the audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from pykka import ActorDeadError

from ....actors.policies.breaker.states import IllegalTransitionError
from ....actors.policies.outcomes.errors import ModelUnavailableError
from ....actors.policies.outcomes.foreign import as_mapping
from ....config.values.words import printable
from ...handles.model import ModelHandle
from ...runtime import Runtime
from ..failures import refused
from ..request import Request
from .visitor import Visitor

_BODY_BYTES = 8 * 1024
_REASON = 200
VERBS: Mapping[str, Callable[..., object]] = {
    "trip": ModelHandle.trip,
    "reset": ModelHandle.reset,
    "maintenance": ModelHandle.enter_maintenance,
    "leave_maintenance": ModelHandle.leave_maintenance,
    "restart": ModelHandle.restart,
}


class Controls:
    """Operates the models of one runtime."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def operate(self, request: Request, visitor: Visitor) -> None:
        """Do what the body says. Raises `Refused` for what cannot be done."""
        fields = await fields_of(request, ("model", "verb", "reason"))
        name, verb, reason = (str(fields[key]) for key in ("model", "verb", "reason"))
        if verb not in VERBS:
            raise refused(400, "invalid_request", f"there is no verb {printable(verb[:40])!r}")
        check_reason(reason)
        self._do(self._handle(name), verb, reason.strip(), named(visitor))

    def _handle(self, name: str) -> ModelHandle:
        try:
            return self._runtime.model(name)
        except ModelUnavailableError:
            told = f"there is no model {printable(name[:100])!r}"
            raise refused(404, "model_not_found", told, param="model") from None

    def _do(self, handle: ModelHandle, verb: str, reason: str, by: str) -> None:
        try:
            if VERBS[verb](handle, reason=reason, by=by) is False:
                raise refused(409, "not_started", "its actor does not start; the log says why")
        except IllegalTransitionError as error:
            raise refused(409, error.code, str(error)) from None
        except ActorDeadError:
            told = "the actor of this model is not running; restart it first"
            raise refused(409, "model_not_running", told) from None


def check_reason(reason: str) -> None:
    """Raises `Refused` for what is no text in one line."""
    if not reason.strip() or len(reason) > _REASON or not reason.isprintable():
        told = f"reason is a text in one line, of {_REASON} characters at most"
        raise refused(400, "invalid_request", told, param="reason")


def named(visitor: Visitor) -> str:
    """The visitor in the audit."""
    if visitor.by == "dashboard":
        return visitor.by
    return f"{visitor.by or 'a stranger'} (dashboard)"


async def fields_of(
    request: Request, names: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Mapping[str, Any]:
    """The body: an object of exactly these texts, with all that are `optional` or none of them.

    Raises `Refused`.
    """
    body = await request.body(_BODY_BYTES)
    try:
        members = as_mapping(orjson.loads(body)) or {}
    except orjson.JSONDecodeError:
        members = {}
    found = {str(name): value for name, value in members.items()}
    if set(found) not in ({*names}, {*names, *optional}):
        raise refused(400, "invalid_request", f"send an object of {', '.join(names)}")
    if not all(isinstance(value, str) for value in found.values()):
        raise refused(400, "invalid_request", f"{', '.join(names)} are texts")
    return found
