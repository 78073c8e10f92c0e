"""What a page asks for beside its stream: a model, its settings, the past, notifications."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, TypeVar
from urllib.parse import parse_qs

from .....config.errors import ResilienceError
from ....configuration.origins import origins
from ....observability.history.records import RecordKind
from ....observability.live.live_feed import LiveFeed
from ....observability.live.series import STEP
from ....runtime import Runtime
from ...failures import refused
from ...request import Request
from ...siblings.siblings import Siblings
from ..alerts import Alerts
from ..inside import source_of
from .model_of_all import ModelOfAll
from .told_by_all import ToldByAll

T = TypeVar("T")
Record: TypeAlias = dict[str, Any]
Asked: TypeAlias = Mapping[str, str]
Read: TypeAlias = Callable[[Asked], Awaitable[Record]]
"""Answers what a query asks for. Raises `Refused`."""

MEMORY = "15m"
"""The range that needs no history."""
_AT_ONCE = 2
"""Reads of files at once: each takes the processor from the tasks."""
_ROWS = {"audit": RecordKind.AUDIT, "alerts": RecordKind.ALERTS}


class Reading:
    """The views of one runtime that a stream does not carry."""

    def __init__(
        self,
        runtime: Runtime,
        feed: LiveFeed,
        alerts: Alerts,
        siblings: Siblings | None = None,
    ) -> None:
        self._runtime = runtime
        self._models = ModelOfAll(runtime, feed, siblings)
        self._told = ToldByAll(alerts, siblings)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self.views: Mapping[str, Read] = {
            "model": self._model,
            "settings": self._settings,
            "past": self._past,
            "deliveries": self._deliveries,
        }

    async def _model(self, asked: Asked) -> Record:
        name, span = asked.get("id", ""), asked.get("range", MEMORY)
        found = await self._models.look(name)
        if found is None:
            raise refused(404, "model_not_found", "there is no such model", param="id")
        drawn: Record = {"step": STEP} if span == MEMORY else await self._range(name, span)
        return {**found, **drawn, "history": self._folder is not None}

    async def _range(self, name: str, span: str) -> Record:
        from .past import RANGES, points  # with a history, it needs SQLite

        if span not in RANGES:
            raise refused(400, "invalid_request", f"a range is {MEMORY}, 1h or 24h", param="range")
        folder, wanted = self._folder, RANGES[span]
        if folder is None:
            return {"step": wanted.step, "points": []}
        found = await self._aside(lambda: points(folder, name, wanted, time.time()))
        return {"step": wanted.step, "points": found}

    async def _settings(self, asked: Asked) -> Record:
        config, source, name = self._runtime.config, source_of(self._runtime), asked.get("id", "")
        found = await self._aside(lambda: origins(config, source, name))
        return {"settings": [one._asdict() for one in found]}

    async def _past(self, asked: Asked) -> Record:
        kind, folder = _ROWS.get(asked.get("kind", "")), self._folder
        if kind is None:
            raise refused(400, "invalid_request", "kind is audit or alerts", param="kind")
        if folder is None:
            return {"history": False, "rows": [], "more": False}
        from .past import older

        before, by_itself = _seconds(asked.get("before")), asked.get("by_itself") == "1"
        page = await self._aside(lambda: older(folder, kind, before, by_itself=by_itself))
        return {"history": True, **page._asdict()}

    async def _deliveries(self, _: Asked) -> Record:
        return await self._told.all()

    @property
    def _folder(self) -> str | None:
        folder = self._runtime.config.global_.history.folder
        return None if folder is None else str(folder)

    async def _aside(self, work: Callable[[], T]) -> T:
        """The work in a thread, a few at once."""
        async with self._turns:
            try:
                return await asyncio.to_thread(work)
            except ResilienceError as error:
                raise refused(503, "history_unread", str(error)) from None


def query_of(request: Request) -> Asked:
    """The query of a request: of each name the first value."""
    text = request.scope.get("query_string", b"").decode("utf-8", "replace")
    return {name: values[0] for name, values in parse_qs(text).items()}


def _seconds(milliseconds: str | None) -> float:
    """A time in seconds since 1970; now where there is none. Raises `Refused`."""
    if milliseconds is None:
        return time.time()
    if not (milliseconds.isascii() and milliseconds.isdigit() and len(milliseconds) <= 14):
        told = "before is a time in milliseconds since 1970"
        raise refused(400, "invalid_request", told, param="before")
    return int(milliseconds) / 1e3
