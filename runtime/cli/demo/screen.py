"""Where a demonstration shows what happens while it runs."""

from __future__ import annotations

import sys
from typing import Protocol, Self, TextIO

from ...observability.snapshot import RuntimeSnapshot
from .servers import Servers
from .story import Story


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
        happenings = story.happenings[self._shown :]
        self._shown += len(happenings)
        for happening in happenings:
            print(f"{happening.at:7.2f} s  {happening.text}", file=self._out, flush=True)


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
