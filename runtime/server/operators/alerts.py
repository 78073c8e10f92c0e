"""What an operator asks of the alerts over HTTP, and does to them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from ....actors.policies.outcomes.errors import InvalidRequestError
from ....actors.policies.outcomes.foreign import as_mapping
from ....config.values.words import printable
from ...handles.alerts import AlertsHandle
from ...runtime import Runtime
from ..calls.asking import payload_of
from ..failures import refused
from ..keys.key import Key
from ..request import Request
from ..routes import ALERTS, SILENCES, Route
from .again import chosen_id

log = logging.getLogger(__name__)

_BODY_BYTES = 64 * 1024
_TEXT = 200

Fields = Mapping[str, Any]


class AlertsOperating:
    """Answers the paths of alerts; the key of the request was checked before."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._looks: Mapping[str, Callable[[AlertsHandle], tuple[str, object]]] = {
            "alerts": lambda handle: ("alerts", handle.list()),
            "silences": lambda handle: ("silences", handle.silences()),
            "deliveries": lambda handle: ("deliveries", handle.deliveries()),
        }

    async def answer(self, request: Request, route: Route, key: Key | None) -> bytes:
        """The JSON of the answer. Raises `Refused` for what is unknown or cannot be done."""
        try:
            handle = self._runtime.alerts
        except InvalidRequestError as error:
            raise refused(409, "alerts_off", str(error)) from None
        look = self._looks.get(route.name)
        if look is not None:
            name, found = look(handle)
            return orjson.dumps({name: found}, default=_written)
        by = "http" if key is None else key.id
        return orjson.dumps(await self._operate(request, route.name, handle, by), default=_written)

    async def _operate(self, request: Request, name: str, handle: AlertsHandle, by: str) -> object:
        match name:
            case "acknowledge":
                told = await _fields(request, "reason", "by")
                at = request.path.removeprefix(ALERTS).removesuffix("/acknowledge")
                name_of, why = told.get("by", by), told.get("reason", "")
                return _done(lambda: handle.acknowledge(at, by=name_of, reason=why), 404)
            case "silence":
                told = await _fields(request, "match", "duration", "begins_in", "comment", "by")
                silence_id = chosen_id(request)
                return _done(lambda: _silence(handle, told, by, silence_id))
            case "end_silence":
                told = await _fields(request, "reason", "by")
                at = request.path.removeprefix(SILENCES).removesuffix("/end")
                name_of, why = told.get("by", by), told.get("reason", "")
                return _done(lambda: handle.unsilence(at, by=name_of, reason=why), 404)
            case _:
                told = await _fields(request, "channel", "by")
                channel, name_of = told.get("channel", ""), told.get("by", by)
                return await _done(lambda: handle.test(channel, by=name_of), 404)


def _silence(handle: AlertsHandle, told: Fields, by: str, silence_id: str | None) -> object:
    return handle.silence(
        told.get("match", {}),
        duration=_span(told, "duration"),
        begins_in=_span(told, "begins_in", 0.0),
        by=told.get("by", by),
        comment=told.get("comment", ""),
        silence_id=silence_id,
    )


def _span(told: Fields, name: str, default: float | None = None) -> Any:
    """A span as it is written; a bare number is seconds here, as everywhere below /admin."""
    found = told.get(name, default)
    if found is None:
        raise refused(400, "invalid_request", f"{name} is missing: seconds, or 2h", param=name)
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    return f"{found:.6f}s" if is_number and found >= 0 else found


def _done(work: Callable[[], Any], missing: int = 400) -> Any:
    try:
        return work()
    except InvalidRequestError as error:
        status = missing if str(error).startswith(("no alert", "there is no")) else 400
        code = "not_found" if status == 404 else "invalid_request"
        raise refused(status, code, str(error)) from None


async def _fields(request: Request, *allowed: str) -> Fields:
    """The body: an object of these fields. Raises `Refused`."""
    kind = request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json":
        told = "send content-type: application/json, and a body: {} at least"
        raise refused(415, "unsupported_media_type", told, closes=True)
    body = await request.body(_BODY_BYTES)
    fields = await payload_of(body) if body else {}
    for name, value in fields.items():
        if name not in allowed:
            shown = printable(name[:100])
            told = f"there is no field {shown!r}; this path takes {' and '.join(allowed)} alone"
            raise refused(400, "invalid_request", told, param=shown)
        if name in ("by", "reason", "comment", "channel"):
            _check_text(name, value)
    return fields


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str) or not 0 < len(value) <= _TEXT or not value.isprintable():
        told = f"{name} is a text in one line, of {_TEXT} characters at most"
        raise refused(400, "invalid_request", told, param=name)


def _written(value: object) -> object:
    members = as_mapping(value)
    if members is None:
        raise TypeError
    return dict(members)
