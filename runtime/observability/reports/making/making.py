"""Makes a report of a period: reads a source once or twice, and asks the analytics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from .....config.settings.runtime import RuntimeConfig
from ...analytics.incidents import times
from ...history.reading import HistoryReader
from ...history.records import MINUTE, Gap, HistorySource, RecordKind
from ..advice.advising import advice_of
from ..gathering import Gathered, Period, gather
from ..report import Injected, Known, Missing, Report
from ..source import Remembered
from .comparing import comparison_of
from .events import happened
from .figures import costs_of, lines_of, points_of, service_of
from .findings import findings_of
from .outages import outages

OBJECTIVE = 0.999
"""The share of tasks that should succeed, where no settings say it."""


def make_report(
    source: HistorySource,
    since: datetime,
    until: datetime,
    *,
    config: RuntimeConfig | None = None,
    compare: tuple[datetime, datetime] | None = None,
    with_injected: bool = False,
    now: datetime | None = None,
) -> Report:
    """The report of a period, out of a history (`open_history`) or of what a fleet remembers.

    Without `config`, the settings of the fleet, some advice and the parts of costs are missing.
    `compare` is another period, from its begin to its end. `with_injected`: failures that an
    experiment has injected count as all others. `now` is when it is made.

    Takes a second or two for a week of a large fleet, so that a loop leaves it to a thread. Raises
    what the source raises: `HistoryError` for files that cannot be read.
    """
    now = now or datetime.now(UTC)
    found = gather(source, Period.of(since, until, now), with_injected=with_injected)
    other = None if compare is None else Period.of(*compare, now)
    before = None if other is None else gather(source, other, with_injected=with_injected)
    incidents = tuple(outages(source, found))
    service, lines = service_of(found, _objective(config)), lines_of(found)
    costs = costs_of(found, () if config is None else config.models)
    return Report(
        made_at=now,
        since=found.period.since,
        until=found.period.until,
        step=found.period.step,
        known=_known(source, found),
        service=service,
        models=lines,
        incidents=incidents,
        times=times(incidents),
        costs=costs,
        findings=findings_of(found, happened(source, found.period)),
        advice=advice_of(found, service, lines, costs, config),
        injected=tuple(_injected(found)),
        with_injected=with_injected,
        series=points_of(found.fleet.points),
        comparison=None if before is None else comparison_of(found, before),
    )


def _objective(config: RuntimeConfig | None) -> float | None:
    """The share of tasks that should succeed; None: the settings say that none is wanted."""
    return OBJECTIVE if config is None else config.global_.alerts.slo_target


def _known(source: HistorySource, found: Gathered) -> Known:
    """What the report is made of, and what is missing."""
    if isinstance(source, Remembered):
        remark = "no history is kept: these are the books since the start, without their course"
        return Known("memory", 0, found.first, (), (remark, *source.remarks))
    files = len(source.paths) if isinstance(source, HistoryReader) else 1
    return Known("history", files, found.first, tuple(_gaps(source, found.period)))


def _gaps(source: HistorySource, period: Period) -> Iterator[Missing]:
    """The times of which nothing, or not all, is known: those of a minute or more, or with loss."""
    for gap in source.read(RecordKind.GAPS, None, period.until):
        if not isinstance(gap, Gap) or gap.until < period.since:
            continue
        if gap.dropped or (gap.until - gap.at).total_seconds() >= MINUTE:
            yield Missing(gap.at, gap.until, gap.reason, gap.dropped)


def _injected(found: Gathered) -> Iterator[Injected]:
    for model_id in sorted(found.injected, key=lambda name: name or ""):
        yield Injected(model_id, dict(found.injected[model_id]))
