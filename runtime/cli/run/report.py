"""What people read during a run, on standard error."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, Self

from .tally import Tally

if TYPE_CHECKING:
    from rich.progress import Progress


class Report(Protocol):
    """Says sentences and shows how far the run is."""

    def say(self, text: str) -> None:
        """One or more lines."""

    def advance(self, size: int, tally: Tally) -> None:
        """A line of `size` bytes has its result."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def report_for(*, size: int | None, results_on_terminal: bool) -> Report:
    """With a progress bar where people look at it and no results run through it."""
    if sys.stderr is not None and sys.stderr.isatty() and not results_on_terminal:
        return BarReport(size)
    return PlainReport()


class PlainReport:
    """Sentences only."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def say(self, text: str) -> None:
        say(text)

    def advance(self, size: int, tally: Tally) -> None:
        return None


class BarReport:
    """Sentences above a bar; the bar goes by bytes, so that nothing is counted beforehand."""

    def __init__(self, size: int | None) -> None:
        self._progress = _progress()
        self._task = self._progress.add_task("", total=size, told="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def advance(self, size: int, tally: Tally) -> None:
        told = f"{tally.done:,} tasks, {tally.failed + tally.refused:,} failed"
        self._progress.update(self._task, advance=size, told=told)


def say(text: str) -> None:
    """On standard error; where no program reads it any more, nowhere."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), TextColumn("{task.fields[told]}"), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
