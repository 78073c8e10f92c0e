"""What became of the last notifications, and the silences: of one process, or of all workers."""

from __future__ import annotations

from typing import Any, TypeAlias

import orjson

from ...siblings.siblings import Siblings
from ...siblings.words import TOLD
from ..alerts import Alerts

Record: TypeAlias = dict[str, Any]


class ToldByAll:
    """Asks the siblings, and answers them."""

    def __init__(self, alerts: Alerts, siblings: Siblings | None) -> None:
        self._alerts = alerts
        self._siblings = siblings
        if siblings is not None:
            siblings.on(TOLD, self._answer)

    async def all(self) -> Record:
        """Notifications, the newest first, and each silence once."""
        own = self._alerts.told()
        if self._siblings is None:
            return own
        others = [orjson.loads(one.body) for one in await self._siblings.others(TOLD)]
        told = [own, *others]
        deliveries = [one for each in told for one in each["deliveries"]]
        silences = {one["id"]: one for each in reversed(told) for one in each["silences"]}
        return {
            "deliveries": sorted(deliveries, key=lambda one: one["at"], reverse=True),
            "silences": list(silences.values()),
        }

    async def _answer(self, _: bytes) -> bytes:
        return orjson.dumps(self._alerts.told(), default=str)
