"""The report of a period: made in a thread, one at a time, and kept for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from .....config.errors import ResilienceError
from ....observability.reports.page.page import report_html
from ....runtime import Runtime
from ...failures import refused
from ...request import Header, Request
from ...siblings.reports import ReportOfAll
from ...siblings.siblings import Siblings
from ..headers import NOT_KEPT, SAFE
from ..visitor import Visitor
from .reading import query_of

SPANS: Mapping[str, timedelta] = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
}
KEPT = 30.0
"""Seconds for which a report is shown again: it takes the processor from the tasks."""
_HTML: Header = (b"content-type", b"text/html; charset=utf-8")


class _Asked(NamedTuple):
    """Which report."""

    span: str
    compare: bool
    is_file: bool


class Reports:
    """Makes the reports of one runtime."""

    def __init__(self, runtime: Runtime, siblings: Siblings | None = None) -> None:
        self._of_all = ReportOfAll(runtime, siblings)
        self._turn = asyncio.Lock()
        self._made: dict[_Asked, tuple[float, bytes]] = {}

    async def answer(self, request: Request, _: Visitor) -> None:
        """The report of the query, for the page or as a file. Raises `Refused`."""
        query = query_of(request)
        span, flags = query.get("since", "24h"), [query.get(name) for name in ("compare", "file")]
        if span not in SPANS:
            told = f"since is one of {', '.join(SPANS)}"
            raise refused(400, "invalid_request", told, param="since")
        asked = _Asked(span, *(flag == "1" for flag in flags))
        body = await self._report(asked)
        headers = [_HTML, *SAFE, NOT_KEPT]
        if asked.is_file:
            name = f'attachment; filename="report-{span}.html"'
            headers.append((b"content-disposition", name.encode()))
        await request.answer(200, headers, body)

    async def _report(self, asked: _Asked) -> bytes:
        async with self._turn:
            at, body = self._made.get(asked, (-KEPT, b""))
            if time.monotonic() - at >= KEPT:
                body = await self._make(asked)
                self._made[asked] = time.monotonic(), body
            return body

    async def _make(self, asked: _Asked) -> bytes:
        now, span = datetime.now(UTC), SPANS[asked.span]
        before = (now - 2 * span, now - span) if asked.compare else None
        try:
            report = await self._of_all.make(now - span, now, compare=before)
        except ResilienceError as error:
            raise refused(503, "history_unread", str(error)) from None
        page = await asyncio.to_thread(report_html, report, "file" if asked.is_file else "linked")
        return page.encode()
