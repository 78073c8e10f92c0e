"""Where the demonstration of a cluster shows what happens while it runs."""

from __future__ import annotations

import sys
from typing import Protocol, Self, TextIO

from ..screen import tell_new
from .account import Account, Nodes


class Screen(Protocol):
    """Shown again and again, a few times a second."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def show(self, account: Account, nodes: Nodes) -> None:
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

    def show(self, account: Account, nodes: Nodes) -> None:
        self._shown = tell_new(account.happenings, self._shown, self._out)


def screen_for(out: TextIO, total: float, models: tuple[str, ...]) -> Screen:
    """A live table on a terminal, lines elsewhere and where `rich` is not installed."""
    if not out.isatty():
        return Lines(out)
    try:
        from .table import LiveTable
    except ImportError:
        print("for a live table: pip install 'hive-resilience[cli]'", file=sys.stderr)
        return Lines(out)
    return LiveTable(out, total, models)
