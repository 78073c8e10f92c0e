"""The report of a running runtime: out of its history, or of its books where it keeps none."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from .fleet.figures import fleet_figures
from .observability.history.reading import HistoryReader
from .observability.history.recorder import Recorder
from .observability.history.records import HistorySource
from .observability.reports.making.making import make_report
from .observability.reports.report import Report
from .observability.reports.source import Remembered
from .operations import portal_of

if TYPE_CHECKING:
    from pykka import Future

    from .runtime import Runtime

WEEK = timedelta(days=7)


def report_of(
    runtime: Runtime,
    since: datetime | timedelta = WEEK,
    until: datetime | None = None,
    *,
    compare: tuple[datetime, datetime] | None = None,
    with_injected: bool = False,
) -> Future[Report]:
    """The report of a runtime: what was answered, incidents, models, costs, recommendations.

    `since` is a time, or a span before `until` (by default now). Await the report, or call
    `.get(timeout=...)` in a blocking program; a thread makes it. It reads all files of the folder
    of its history; without a history it has the books since the start. `compare` is another period.
    See `docs/reports.md`. Raises `RuntimeClosedError`, and what a file raises that cannot be read.

    >>> from hive_resilience import ModelConfig, Runtime, Task
    >>> with Runtime(models=[ModelConfig(id="gpt-5", executor=lambda task: "hello")]) as runtime:
    ...     result = runtime.submit(Task("Hi")).result()
    ...     report = report_of(runtime).get()
    >>> report.service.answered
    1
    """
    return report_out_of(
        runtime,
        lambda: source_of(runtime),
        since,
        until,
        compare=compare,
        with_injected=with_injected,
    )


def report_out_of(
    runtime: Runtime,
    source: Callable[[], Awaitable[HistorySource]],
    since: datetime | timedelta = WEEK,
    until: datetime | None = None,
    *,
    compare: tuple[datetime, datetime] | None = None,
    with_injected: bool = False,
) -> Future[Report]:
    """As `report_of`, out of another source."""
    runtime._check_started()
    now = datetime.now(UTC)
    end = now if until is None else until
    begin = end - since if isinstance(since, timedelta) else since
    made = partial(
        make_report,
        since=begin,
        until=end,
        config=runtime.config,
        compare=compare,
        with_injected=with_injected,
        now=now,
    )

    async def work() -> Report:
        return await asyncio.to_thread(made, await source())

    return portal_of(runtime).begin(work, "report")


async def source_of(runtime: Runtime) -> HistoryReader | Remembered:
    """The files of its history, with all that has happened until now; or its books."""
    folder = runtime.config.global_.history.folder
    recorder = runtime._watching.part(Recorder)
    if folder is not None and recorder is not None:
        await recorder.catch_up()
        return HistoryReader(folder)
    return Remembered(fleet_figures(runtime._fleet), runtime._watching.began)
