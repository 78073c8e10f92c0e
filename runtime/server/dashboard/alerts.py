"""The alerts of a runtime for its dashboard: those that hold, and what a visitor does to them."""

from __future__ import annotations

from typing import Any

from ....actors.alerting.messages import AlertSnapshot
from ....actors.policies.outcomes.errors import InvalidRequestError
from ...alerts_handle import AlertsHandle
from ...offering import alert_records
from ...runtime import Runtime
from ..failures import refused
from ..request import Request
from .controls import check_reason, fields_of, named
from .visitor import Visitor

SPANS = ("1h", "4h", "1d")
"""How long a silence may last."""
Record = dict[str, Any]


class Alerts:
    """Looks at the alerts, and acknowledges and silences them."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def rows(self) -> list[Record] | None:
        """Every alert that holds or is pending; None: the settings have switched alerts off."""
        return alert_records(self._runtime)

    async def operate(self, request: Request, visitor: Visitor) -> None:
        """Do what the body says. Raises `Refused` for what cannot be done."""
        fields = await fields_of(request, ("verb", "fingerprint", "span", "reason"))
        reason, by = fields["reason"].strip(), named(visitor)
        check_reason(reason)
        handle = self._handle()
        if handle is None:
            raise refused(409, "alerts_off", "alerts are off: the settings may switch them on")
        try:
            if fields["verb"] == "acknowledge":
                handle.acknowledge(fields["fingerprint"], by=by, reason=reason)
            elif fields["verb"] == "silence" and fields["span"] in SPANS:
                alert = _found(handle, fields["fingerprint"])
                match = {"alert": alert.name}
                if alert.model_id is not None:
                    match["model"] = alert.model_id
                handle.silence(match, duration=fields["span"], by=by, comment=reason)
            else:
                raise refused(400, "invalid_request", "acknowledge, or silence for 1h, 4h or 1d")
        except InvalidRequestError as error:
            raise refused(409, "not_done", str(error)) from None

    def _handle(self) -> AlertsHandle | None:
        try:
            return self._runtime.alerts
        except InvalidRequestError:
            return None


def _found(handle: AlertsHandle, fingerprint: str) -> AlertSnapshot:
    for alert in handle.list():
        if alert.fingerprint == fingerprint:
            return alert
    raise refused(404, "not_found", "this alert does not hold any more")
