"""Rows of a server's answer as a table; a pipe gets whole lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ....config.values.words import printable

_WIDEST = 10_000


def plain(text: object) -> str:
    """A text from another process, without what a terminal would obey."""
    return printable(str(text))


def print_lacking(found: Mapping[str, Any]) -> None:
    """Say that an answer lacks workers of the server, where it does.

    >>> print_lacking({"workers": "2 of 3"})
    2 of 3 workers have answered: what the others have is missing here
    >>> print_lacking({"workers": "3 of 3"})
    """
    answered, _, all_ = str(found.get("workers", "")).partition(" of ")
    if answered != all_:
        print(
            f"{plain(found['workers'])} workers have answered: what the others have is missing here"
        )


def print_table(columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> None:
    """Print it; the first column is never cut, as the next command needs what stands there."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for place, name in enumerate(columns):
        table.add_column(name, no_wrap=place == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDEST  # a pipe has no width, and gets whole lines
    console.print(table)
