"""What an operator asks of the fleet's level and its recovery over HTTP, and does to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from ....actors.policies.outcomes.errors import InvalidRequestError
from ...runtime import Runtime
from ..failures import refused
from ..fields import fields_of, told_of
from ..keys.key import Key
from ..request import Request
from ..routes import Route


class AdaptationOperating:
    """Answers the paths of degradation and recovery; the key of the request was checked before."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def answer(self, request: Request, route: Route, key: Key | None) -> bytes:
        """The JSON of the answer. Raises `Refused` for what cannot be done."""
        match route.name:
            case "recovery":
                return orjson.dumps(self._runtime.recovery.status())
            case "degradation":
                return orjson.dumps(self._runtime.degradation.status())
            case "hold_level":
                return self._hold(await fields_of(request, "level", "duration"), key)
            case _:
                told = told_of(await fields_of(request), key)
                found = self._runtime.degradation.release(reason=told.reason, by=told.by)
                return orjson.dumps(found)

    def _hold(self, fields: Mapping[str, Any], key: Key | None) -> bytes:
        told, duration = told_of(fields, key), fields.get("duration")
        if isinstance(duration, bool):
            raise refused(400, "invalid_request", "duration is seconds, or 2h", param="duration")
        if isinstance(duration, int | float) and duration > 0:
            duration = f"{duration:.6f}s"  # a bare number is seconds here, however many
        try:
            found = self._runtime.degradation.hold(
                fields.get("level", ""), duration, reason=told.reason, by=told.by
            )
        except InvalidRequestError as error:
            raise refused(400, "invalid_request", str(error)) from None
        return orjson.dumps(found)
