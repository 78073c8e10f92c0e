"""The report of a period: frozen records with raw numbers; only some sentences are words.

`make_report` (in `making`) makes one, from a history or from memory. Three forms tell it, and have
the same numbers, since text and HTML come from the same sections of words (in `telling`):

- `Report.to_json()`: every number as it is; times in ISO format, spans in seconds, shares 0 to 1.
- `report_text(report)` (in `telling`): for a terminal, a mail, a pipe.
- `report_html(report, style="file")` (in `page`): one file without a script, its style inside. With
  `style="linked"` there is a link to `report.css` in place of it and no style in the document, so
  that it may be served under a strict policy; `report_css()` is what stands behind the link. Its
  rules are all below `.report`, colours follow the system or `data-theme` of the root. So its
  `<main class="report">` may be taken into another page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from ..analytics.availability import Budget
from ..analytics.costs import Cost
from ..analytics.incidents import Incident, Times
from ..analytics.latencies import Quantile
from ..analytics.shares import Interval, Share

SCHEMA = 1
"""Version of the JSON: raised where a name goes or means something else."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing, or not everything, is known from `since` to `until`."""

    since: datetime
    until: datetime
    reason: str
    dropped: int


@dataclass(frozen=True, slots=True)
class Known:
    """What the report is made of: `history` or `memory`, and what is missing in it."""

    source: str
    files: int
    first: datetime | None
    """The time of the oldest point; None: there is none."""
    gaps: tuple[Missing, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Durations:
    """Percentiles in seconds, each with its interval; None: nothing was measured."""

    p50: Quantile | None = None
    p95: Quantile | None = None
    p99: Quantile | None = None


@dataclass(frozen=True, slots=True)
class Fallback:
    """Tasks meant for one model that another one answered."""

    meant: str
    answered: str
    tasks: int


@dataclass(frozen=True, slots=True)
class Service:
    """All tasks. `availability` is that of the valid ones: cancelled ones are not among them.

    `minutes` is the share of minutes with a task in which half of the tasks or more were answered.
    """

    answered: int
    failed: int
    refused: int
    cancelled: int
    availability: Share | None
    minutes: Share | None
    objective: float | None
    budget: Budget | None
    durations: Durations
    fallbacks: tuple[Fallback, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """One step of a series: calls or tasks that ended well and badly; percentiles in seconds."""

    at: datetime
    good: int
    bad: int
    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class ModelLine:
    """One model. `share` is its part of all answers, `success` that of its attempts."""

    model_id: str
    share: Share | None
    success: Share | None
    successes: int
    failures: int
    timeouts: int
    cancelled: int
    durations: Durations
    first_contents: Durations
    faults: Mapping[str, int]
    refusals: Mapping[str, int]
    retries: int
    retries_won: int
    failovers: int
    hedged: int
    hedges_won: int
    hedges_lost: int
    opened: int
    """How often its breaker opened."""
    under_way: int
    """Calls under way at most."""
    limit: int | None
    series: tuple[Point, ...] = ()

    @property
    def attempts(self) -> int:
        """Those that count: cancelled ones do not."""
        return self.successes + self.failures + self.timeouts


@dataclass(frozen=True, slots=True)
class Finding:
    """A statement about a metric of a model, or of all tasks: a trend, a step, a forecast ..."""

    kind: str
    metric: str
    model_id: str | None
    text: str
    numbers: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class Advice:
    """A recommendation: what was measured, why it matters, and what to set."""

    kind: str
    model_id: str | None
    measured: str
    cause: str
    setting: str
    numbers: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class Compared:
    """A number of this period beside that of another: `seen` is whether it is more than chance.

    `difference` is this one less the other one for shares, and this one by the other one for
    durations (`unit` says which); its interval holds the true one 19 in 20 times.
    """

    metric: str
    model_id: str | None
    unit: str
    before: float
    now: float
    difference: float
    interval: Interval
    counts: tuple[int, int]
    """Cases of the other period, and of this one."""
    seen: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """This period beside the one from `since` to `until`."""

    since: datetime
    until: datetime
    rows: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class Injected:
    """Failures that an experiment has injected, of a model or (None) of all tasks."""

    model_id: str | None
    outcomes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """What happened from `since` to `until`, in steps of `step` seconds."""

    made_at: datetime
    since: datetime
    until: datetime
    step: int
    known: Known
    service: Service
    models: tuple[ModelLine, ...]
    incidents: tuple[Incident, ...]
    times: Times
    costs: tuple[Cost, ...]
    findings: tuple[Finding, ...]
    advice: tuple[Advice, ...]
    injected: tuple[Injected, ...]
    with_injected: bool
    """Whether injected failures are in all other numbers."""
    series: tuple[Point, ...]
    comparison: Comparison | None = None
    schema: int = SCHEMA

    def to_json(self) -> bytes:
        """The report as a JSON object."""
        return orjson.dumps(self, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    raise TypeError(f"{type(value).__name__} cannot be told")
