"""The alerts of a runtime for its dashboard: those that hold, and what a visitor does to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson

from ....actors.alerting.messages import SilenceSnapshot
from ....actors.alerting.notification import DeliveryRecord
from ....actors.policies.outcomes.errors import InvalidRequestError
from ....actors.policies.outcomes.foreign import as_mapping
from ...handles.alerts import AlertsHandle
from ...offering import alert_records
from ...runtime import Runtime
from ..failures import Refused, refused
from ..operators.again import chosen_id
from ..request import Request
from .controls import check_reason, fields_of, named
from .visitor import Visitor

_FIELDS = ("verb", "id", "span", "reason")
_LABELS = ("alert", "model")
SPANS = ("1h", "4h", "1d")
"""How long a silence may last."""
Record = dict[str, Any]


class Alerts:
    """Looks at the alerts, and acknowledges and silences them."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.elsewhere: Callable[[], Awaitable[Iterable[Record]]] = _none
        """Asks the other workers of a server for those that they have."""

    def rows(self) -> list[Record] | None:
        """Every alert that holds or is pending; None: the settings have switched alerts off."""
        return alert_records(self._runtime)

    def told(self) -> Record:
        """What became of the last notifications, and the silences; empty without alerts."""
        handle = self._handle()
        if handle is None:
            return {"deliveries": [], "silences": []}
        return {
            "deliveries": [_delivery(one) for one in handle.deliveries()],
            "silences": [_silence(one) for one in handle.silences()],
        }

    async def operate(self, request: Request, visitor: Visitor) -> None:
        """Do what the body says. Raises `Refused` for what cannot be done."""
        fields = await fields_of(request, _FIELDS, optional=_LABELS)
        reason, by = fields["reason"].strip(), named(visitor)
        check_reason(reason)
        handle = self._handle()
        if handle is None:
            raise refused(409, "alerts_off", "alerts are off: the settings may switch them on")
        try:
            _do(handle, fields, reason, by, chosen_id(request))
        except InvalidRequestError as error:
            raise refused(409, "not_done", str(error)) from None

    async def completed(self, body: bytes) -> bytes:
        """What other workers are told: a silence with its labels, as they may lack the alert.

        Raises `Refused` where no worker has it.
        """
        fields = _members(body)
        if fields.get("verb") != "silence":
            return body
        id, rows = fields.get("id"), [*(self.rows() or ()), *await self.elsewhere()]
        found = next((one for one in rows if one["fingerprint"] == id), None)
        if found is None:
            raise _over()
        return orjson.dumps({**fields, "alert": found["condition"], "model": found["model"] or ""})

    def _handle(self) -> AlertsHandle | None:
        try:
            return self._runtime.alerts
        except InvalidRequestError:
            return None


def _do(
    handle: AlertsHandle, fields: Mapping[str, str], reason: str, by: str, silence_id: str | None
) -> None:
    match fields["verb"]:
        case "acknowledge":
            handle.acknowledge(fields["id"], by=by, reason=reason)
        case "silence" if fields["span"] in SPANS:
            labels = _labels(handle, fields)
            span = fields["span"]
            handle.silence(labels, duration=span, by=by, comment=reason, silence_id=silence_id)
        case "unsilence":
            handle.unsilence(fields["id"], by=by, reason=reason)
        case _:
            told = "acknowledge, silence for 1h, 4h or 1d, or unsilence"
            raise refused(400, "invalid_request", told)


def _labels(handle: AlertsHandle, fields: Mapping[str, str]) -> Mapping[str, str]:
    """Those of the alert, by what another worker tells of it or by the list of this one."""
    name, model = fields.get("alert"), fields.get("model")
    if name is None:
        alert = next((o for o in handle.list() if o.fingerprint == fields["id"]), None)
        if alert is None:
            raise _over()
        name, model = alert.name, alert.model_id
    return {"alert": name, "model": model} if model else {"alert": name}


def _members(body: bytes) -> Mapping[object, object]:
    """Those of a body that may be anything; what does the work judges it."""
    try:
        return as_mapping(orjson.loads(body)) or {}
    except orjson.JSONDecodeError:
        return {}


def _over() -> Refused:
    return refused(404, "not_found", "this alert does not hold any more")


async def _none() -> Iterable[Record]:
    return ()


def _delivery(one: DeliveryRecord) -> Record:
    return {
        "at": _milliseconds(one.at),
        "fingerprints": list(one.fingerprints),
        "channel": one.channel,
        "kind": one.kind,
        "state": one.state,
        "tries": one.tries,
        "reason": one.reason,
    }


def _silence(one: SilenceSnapshot) -> Record:
    return {
        "id": one.id,
        "match": dict(one.match),
        "begins": _milliseconds(one.starts_at),
        "ends": _milliseconds(one.ends_at),
        "by": one.by,
        "comment": one.comment,
    }


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1e3)
