"""Where a demonstration shows what happens while it runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Protocol, Self, TextIO

from ...observability.snapshot import RuntimeSnapshot
from .servers import Servers
from .story import Happening, Story


class Screen(Protocol):
    """Shown again and again, a few times a second."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def show(self, story: Story, servers: Servers, snapshot: RuntimeSnapshot) -> None:
        """Show how things are now."""


class Lines:
    """One line for each happening, for files and pipes."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._shown = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def show(self, story: Story, servers: Servers, snapshot: RuntimeSnapshot) -> None:
        self._shown = tell_new(story.happenings, self._shown, self._out)


def tell_new(happenings: Sequence[Happening], shown: int, out: TextIO) -> int:
    """Print what has happened since so many were printed; how many there are now."""
    for happening in happenings[shown:]:
        print(f"{happening.at:7.2f} s  {happening.text}", file=out, flush=True)
    return len(happenings)


def screen_for(out: TextIO, total: float) -> Screen:
    """A live table on a terminal, lines elsewhere and where `rich` is not installed."""
    if not out.isatty():
        return Lines(out)
    try:
        from .live_table import LiveTable
    except ImportError:
        print("for a live table: pip install 'hive-resilience[cli]'", file=sys.stderr)
        return Lines(out)
    return LiveTable(out, total)
