"""What an operator asks of chaos over HTTP: its experiments, and their end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import ValidationError

from ....actors.policies.chaos.errors import ChaosRefusedError
from ....actors.policies.chaos.fault import FaultSpec
from ....actors.policies.chaos.kinds import OF_CALLS
from ....actors.policies.outcomes.errors import InvalidRequestError
from ....config.values.words import printable
from ...observability.actions import OPERATOR
from ...runtime import Runtime
from ..calls.asking import payload_of
from ..failures import refused
from ..keys.key import Key
from ..request import Request
from ..routes import Route
from .again import Part, own_part
from .running_faults import spec_in

_BODY_BYTES = 64 * 1024
_TEXT = 200
_LONGEST_WINDOW = 3_600.0

_OF_FAULTS = (
    *("experiment", "title", "seed", "allow_outage"),
    *(name for name in FaultSpec.model_fields if name != "fault"),
)

Fields = Mapping[str, Any]


class ChaosOperating:
    """Answers the paths of chaos; the key of the request was checked before."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def answer(self, request: Request, route: Route, key: Key | None) -> bytes:
        """The JSON of the answer. Raises `Refused` for what is not allowed or cannot be done."""
        fields: Fields = {} if route.name == "chaos" else await _fields(request)
        try:
            holder = "http" if key is None else key.id
            return orjson.dumps(self._answer(route.name, fields, holder, own_part(request)))
        except ChaosRefusedError as error:
            raise refused(409, error.code, str(error)) from None
        except InvalidRequestError as error:
            raise refused(400, error.code, str(error)) from None

    def _divide(self, fields: dict[str, Any], part: Part) -> bool:
        """Reduce the calls to the part of this worker; False: it has none."""
        try:
            spec = spec_in(fields)
        except ValidationError:
            return True  # it will be refused
        most = self._runtime.config.global_.chaos.max_calls
        calls = spec.calls or most
        if spec.fault in OF_CALLS and calls <= most:
            calls = fields["calls"] = part.of(calls)
        return calls > 0

    def _answer(self, name: str, fields: Fields, holder: str, part: Part) -> object:
        chaos = self._runtime.chaos
        match name:
            case "chaos":
                running, reports = chaos.running(), chaos.reports()
                return {"enabled": chaos.enabled, "experiments": running, "reports": reports}
            case "inject":
                told = dict(fields)
                if not self._divide(told, part):
                    return {}
                fault = _text(told, "fault", None)
                reason, by = _text(told, "reason", OPERATOR), _author(told, holder)
                return chaos.inject(fault, reason=reason, by=by, **_only(told, *_OF_FAULTS))
            case "renew_chaos":
                told = _only(fields, "experiment")
                return {"renewed": chaos.renew(_text(told, "experiment", "chaos"))}
            case "stop_chaos":
                told = _only(fields, "experiment", "reason", "by")
                id = _text(told, "experiment", "") or None
                reason = _text(told, "reason", OPERATOR)
                return {"stopped": chaos.stop(id, reason=reason, by=_author(told, holder))}
            case _:
                return chaos.steady(_window(_only(fields, "window")))


def _author(told: dict[str, Any], holder: str) -> str:
    said = _text(told, "by", "")
    return f"{holder} ({said})" if said else holder


def _text(told: dict[str, Any], name: str, default: str | None) -> str:
    """Take a text out of the fields."""
    if name not in told and default is not None:
        return default
    value = told.pop(name, None)
    if not isinstance(value, str) or not 0 < len(value) <= _TEXT or not value.isprintable():
        told_so = f"{name} is a text in one line, of {_TEXT} characters at most"
        raise refused(400, "invalid_request", told_so, param=name)
    return value


def _window(told: dict[str, Any]) -> float:
    window = told.get("window", 60.0)
    is_number = isinstance(window, int | float) and not isinstance(window, bool)
    if is_number and 0 < window <= _LONGEST_WINDOW:
        return float(window)
    told_so = "window is seconds, a number above 0 and up to an hour"
    raise refused(400, "invalid_request", told_so, param="window")


def _only(fields: Fields, *allowed: str) -> dict[str, Any]:
    for name in fields:
        if name not in allowed:
            shown = printable(name[:100])
            told = f"there is no field {shown!r}; this path takes {', '.join(allowed)} alone"
            raise refused(400, "invalid_request", told, param=shown)
    return dict(fields)


async def _fields(request: Request) -> Fields:
    kind = request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json":
        told = "send content-type: application/json, and a body: {} at least"
        raise refused(415, "unsupported_media_type", told, closes=True)
    body = await request.body(_BODY_BYTES)
    return await payload_of(body) if body else {}
