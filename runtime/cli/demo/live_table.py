"""The fleet as a table that lives, with the last happenings below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ....actors.snapshots import ModelSnapshot
from ...observability.snapshot import RuntimeSnapshot
from .servers import Servers
from .story import Happening, Story

_LINES = 9
_COLUMNS = (
    *("model", "server", "status", "breaker", "in flight", "answers"),
    *("success", "p50", "p95", "restarts"),
)
_COLOURS = {
    "up": "green",
    "dead": "bold red",
    "joined": "green",
    "alone": "yellow",
    "killed": "bold red",
    "available": "green",
    "degraded": "yellow",
    "unavailable": "red",
    "closed": "green",
    "half_open": "yellow",
    "open": "red",
}


class LiveTable:
    """Draws on `out`, a terminal. `total` is how many seconds it is going to last."""

    def __init__(self, out: TextIO, total: float) -> None:
        self._total = total
        # Drawn when it is shown and never by a thread: the demonstration has one loop.
        self._live = Live(console=Console(file=out), auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, story: Story, servers: Servers, snapshot: RuntimeSnapshot) -> None:
        """Draw how things are now."""
        parts: list[RenderableType] = [_table(story, servers, snapshot), self._progress(story)]
        parts.extend(lines_of(story.happenings))
        self._live.update(Group(*parts), refresh=True)

    def _progress(self, story: Story) -> Text:
        now = min(story.now(), self._total)
        return Text(
            f"{now:5.1f} of {self._total:g} s   {story.sent} tasks sent   "
            f"{story.answered} answered   {story.sent - story.results} under way   "
            f"{story.failovers} failed over   {story.failures.total()} failed",
            style="bold",
        )


def _table(story: Story, servers: Servers, snapshot: RuntimeSnapshot) -> Table:
    table = Table(title="hive-resilience: three models, one of them in trouble")
    for number, column in enumerate(_COLUMNS):
        table.add_column(column, justify="left" if number < 4 else "right")
    for name, model in snapshot.models.items():
        table.add_row(*_row(name, model, servers.is_up(name), story.answers[name]))
    return table


def _row(name: str, model: ModelSnapshot, up: bool, answers: int) -> list[Text]:
    error_rate, latency = model.metrics.error_rate, model.metrics.recent_latency
    return [
        Text(name, style="bold"),
        coloured("up" if up else "dead"),
        coloured(str(model.status)),
        coloured(str(model.breaker.state)),
        Text(str(model.under_way)),
        Text(str(answers)),
        Text("-" if error_rate is None else f"{1 - error_rate:.1%}"),
        Text(_milliseconds(latency.p50)),
        Text(_milliseconds(latency.p95)),
        Text(str(model.restarts)),
    ]


def coloured(word: str) -> Text:
    """A word in the colour of what it means."""
    return Text(word, style=_COLOURS.get(word, ""))


def _milliseconds(span: float | None) -> str:
    return "-" if span is None else f"{span * 1000:.0f} ms"


def lines_of(happenings: Sequence[Happening]) -> list[RenderableType]:
    """The last ones; the newest stands out."""
    lines: list[RenderableType] = [
        Text(f"{happening.at:6.2f} s  {happening.text}", style="dim")
        for happening in happenings[-_LINES:]
    ]
    if lines:
        newest = happenings[-1]
        lines[-1] = Text(f"{newest.at:6.2f} s  {newest.text}", style="bold cyan")
    return lines
