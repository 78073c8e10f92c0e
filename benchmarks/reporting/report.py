"""What a part of the suite has found: tables for people, and targets that are met or not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; a figure that could not be taken is None."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """As columns of a terminal."""
        rows = [self.headings, *(tuple(map(shown, row)) for row in self.rows)]
        widths = [max(len(row[at]) for row in rows) for at in range(len(self.headings))]
        lines = [self.title, *(_line(row, widths) for row in rows)]
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])


@dataclass(frozen=True, slots=True)
class Target:
    """A figure, and what is wanted of it: at most `limit`, or at least where `at_least`."""

    name: str
    figure: float | None
    limit: float
    unit: str = ""
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Met or missed; not measured where there is no figure."""
        if self.figure is None:
            return "not measured"
        met = self.figure >= self.limit if self.at_least else self.figure <= self.limit
        return "met" if met else "missed"

    def row(self) -> tuple[Cell, ...]:
        """For the table of all targets."""
        wanted = f"{'>=' if self.at_least else '<='} {shown(self.limit)} {self.unit}".rstrip()
        return (self.name, wanted, self.figure, self.verdict)


@dataclass(slots=True)
class Part:
    """A part of the suite, as far as the run has measured it."""

    name: str
    tables: list[Table] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def text(self) -> str:
        """All its tables."""
        return "\n\n".join(table.text() for table in self.tables)


def table_of_targets(parts: Iterable[Part]) -> Table:
    """All targets that were measured in this run."""
    rows = tuple(target.row() for part in parts for target in part.targets)
    return Table("Targets", ("", "wanted", "figure", "verdict"), rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (
        cell.ljust(width) if at == 0 else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([first, *rest]).rstrip()


def shown(cell: Cell) -> str:
    """A figure with three digits; a dash for a figure that the run could not take."""
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return _number(cell)
    return str(cell)


def _number(value: float) -> str:
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return (
        f"{value:.1f}"
        if abs(value) >= 10
        else f"{value:.2f}"
        if abs(value) >= 0.1
        else f"{value:.3g}"
    )
