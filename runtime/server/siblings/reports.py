"""The report of a server: of all its workers, whichever makes it."""

from __future__ import annotations

from datetime import datetime, timedelta

from ...observability.history.records import HistorySource
from ...observability.reports.report import Report
from ...observability.reports.source import Remembered
from ...reporting import WEEK, report_out_of, source_of
from ...runtime import Runtime
from .remembered import decoded, encoded
from .siblings import Siblings
from .words import REPORT


class ReportOfAll:
    """Makes reports; `siblings` None: of this process alone.

    Each worker writes what it knows into its file of the history first. Without a history the
    report is of what all of them remember.
    """

    def __init__(self, runtime: Runtime, siblings: Siblings | None) -> None:
        self._runtime = runtime
        self._siblings = siblings
        if siblings is not None:
            siblings.on(REPORT, self._told)

    async def make(
        self,
        since: datetime | timedelta = WEEK,
        until: datetime | None = None,
        *,
        compare: tuple[datetime, datetime] | None = None,
        with_injected: bool = False,
    ) -> Report:
        """As `report_of`."""
        return await report_out_of(
            self._runtime,
            self._source,
            since,
            until,
            compare=compare,
            with_injected=with_injected,
        )

    async def _source(self) -> HistorySource:
        siblings = self._siblings
        others = [] if siblings is None else await siblings.others(REPORT)
        found = await source_of(self._runtime)
        if siblings is not None and isinstance(found, Remembered):
            points = [point for one in others for point in decoded(one.body)]
            found.add(points, f"{siblings.counted(1 + len(others))} workers have told theirs")
        return found

    async def _told(self, _: bytes) -> bytes:
        found = await source_of(self._runtime)
        return encoded(found.points if isinstance(found, Remembered) else ())
