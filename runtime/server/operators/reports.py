"""The report of a running fleet over HTTP, in three forms."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from ....actors.policies.outcomes.errors import InvalidRequestError
from ....config.values.words import printable
from ...observability.history.reading import HistoryError
from ...observability.reports.asked import FORMATS, asked
from ...observability.reports.page.page import report_html
from ...observability.reports.report import Report
from ...observability.reports.telling.text import report_text
from ...runtime import Runtime
from ..failures import refused
from ..request import JSON_TYPE, Header, Request
from ..siblings.reports import ReportOfAll
from ..siblings.siblings import Siblings

_FIELDS = ("since", "until", "compare", "format", "injected")
_PAGE_POLICY = (
    b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
)
"""The page has its style inside, and nothing else: no script, no address."""

_FORMS: Mapping[str, tuple[tuple[Header, ...], Callable[[Report], bytes]]] = {
    "json": ((JSON_TYPE,), Report.to_json),
    "text": (
        ((b"content-type", b"text/plain; charset=utf-8"),),
        lambda report: report_text(report).encode(),
    ),
    "html": (
        (
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-security-policy", _PAGE_POLICY),
            (b"x-content-type-options", b"nosniff"),
            (b"cache-control", b"no-store"),
        ),
        lambda report: report_html(report).encode(),
    ),
}


class Reporting:
    """Makes one report at a time: it takes a second or two of a thread."""

    def __init__(self, runtime: Runtime, siblings: Siblings | None = None) -> None:
        self._of_all = ReportOfAll(runtime, siblings)
        self._turn = asyncio.Lock()

    async def answer(self, request: Request) -> tuple[tuple[Header, ...], bytes]:
        """The headers and the body. Raises `Refused` for what cannot be asked."""
        fields = _fields(request)
        form = fields.get("format", "json")
        if form not in FORMATS:
            told = f"format is one of {', '.join(FORMATS)}"
            raise refused(400, "invalid_request", told, param="format")
        headers, told_as = _FORMS[form]
        async with self._turn:
            report = await self._report(fields)
        return headers, await asyncio.to_thread(told_as, report)

    async def _report(self, fields: Mapping[str, str]) -> Report:
        since, until, compare = (fields.get(name, "") for name in ("since", "until", "compare"))
        try:
            want = asked(since, until, compare, time.time())
            return await self._of_all.make(
                want.since,
                want.until,
                compare=want.compare,
                with_injected=fields.get("injected") == "true",
            )
        except InvalidRequestError as error:
            raise refused(400, "invalid_request", str(error)) from None
        except HistoryError as error:
            raise refused(500, "history_error", str(error)) from None


def _fields(request: Request) -> Mapping[str, str]:
    """The query: each of the fields once at most. Raises `Refused`."""
    query: bytes = request.scope.get("query_string", b"")
    fields: dict[str, str] = {}
    for name, value in parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True):
        if name not in _FIELDS or name in fields or len(value) > 100:
            shown = printable(name[:50])
            told = f"{shown!r} is no field of a report, or twice: there are {', '.join(_FIELDS)}"
            raise refused(400, "invalid_request", told, param=shown)
        fields[name] = value
    return fields
