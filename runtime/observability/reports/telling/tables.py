"""Sections of words: titles, sentences, and tables with a side for each column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Row: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; numbers stand on the right."""

    title: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells as words; the first cell of a row names it."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a report; `key` names it for links and pictures."""

    key: str
    title: str
    lead: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


def text(title: str) -> Column:
    """A column of words."""
    return Column(title)


def number(title: str) -> Column:
    """A column of numbers."""
    return Column(title, True)
