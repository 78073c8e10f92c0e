"""The processes of the application as a table that lives, with the last happenings below it."""

from __future__ import annotations

from typing import Self, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ..live_table import coloured, lines_of
from .account import Account, Nodes, Tally

_COLUMNS = ("process", "pid", "fleet", "sent", "answered", "failed over", "under way")


class LiveTable:
    """Draws on `out`, a terminal. `total` is how many seconds the load is going to last."""

    def __init__(self, out: TextIO, total: float, models: tuple[str, ...]) -> None:
        self._total, self._models = total, models
        # Drawn when it is shown and never by a thread: the demonstration has one loop.
        self._live = Live(console=Console(file=out), auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, account: Account, nodes: Nodes) -> None:
        """Draw how things are now."""
        parts: list[RenderableType] = [self._table(account), _nodes(nodes)]
        parts += [self._progress(account), *lines_of(account.happenings)]
        self._live.update(Group(*parts), refresh=True)

    def _table(self, account: Account) -> Table:
        table = Table(title="hive-resilience: one fleet in many processes, on Ray")
        for number, column in enumerate((*_COLUMNS, *self._models)):
            table.add_column(column, justify="right" if 0 < number < len(_COLUMNS) else "left")
        for name, tally in account.tallies.items():
            table.add_row(*self._row(name, tally))
        return table

    def _row(self, name: str, tally: Tally) -> list[Text]:
        numbers = (tally.sent, tally.answers.total(), tally.failovers, tally.sent - tally.results)
        return [
            Text(name, style="bold"),
            Text(str(tally.pid)),
            coloured(tally.state),
            *(Text(str(number)) for number in numbers),
            *(self._model(tally, model) for model in self._models),
        ]

    def _model(self, tally: Tally, model: str) -> Text:
        """Its breaker there, and how much of the share is used."""
        found = tally.models.get(model)
        if found is None or tally.killed:
            return Text("-")
        return Text.assemble(coloured(found.breaker), f" {found.in_flight}/{found.places}")

    def _progress(self, account: Account) -> Text:
        tallies = account.tallies.values()
        sent = sum(tally.sent for tally in tallies)
        answered = sum(tally.answers.total() for tally in tallies)
        now = max(0.0, min(account.now(), self._total))
        told = f"{now:5.1f} of {self._total:g} s   {sent} tasks sent   {answered} answered"
        return Text(told, style="bold")


def _nodes(nodes: Nodes) -> Text:
    parts = [Text("nodes: ")]
    for number, up in enumerate(nodes.up):
        role = " (head)" if number == 0 else ""
        owner = " owner" if number == nodes.owner else ""
        parts += [coloured("up" if up else "dead"), Text(f" {number}{role}{owner}   ")]
    return Text.assemble(*parts)
