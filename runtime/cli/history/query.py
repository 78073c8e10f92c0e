"""`hive-resilience history query`: what was recorded, as a table."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ....actors.policies.metrics.sketch import LatencySketch
from ....config.values.words import printable
from ...observability.history.reading import HistoryError
from ...observability.history.records import Record, RecordKind
from .asking import DONE, Question, WrongOptionError, refusal
from .plain import as_json as json_of

_MOST = 1_000
"""Rows of a table; the newest are shown."""
_WIDEST = 10_000


def show(folder: Path, question: Question, *, as_json: bool) -> int:
    """Print what was asked for; the exit code."""
    try:
        kind, records = question.kind, question.records(folder)
        if as_json:
            for record in records:
                sys.stdout.write(json_of(record).decode())
        else:
            _print_table(kind, records)
    except (WrongOptionError, HistoryError) as error:
        return refusal(error)
    except BrokenPipeError:
        sys.stdout = None  # nothing is flushed at the end
    return DONE


def _print_table(kind: RecordKind, records: Iterable[Record]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    names, row_of = _COLUMNS[kind]
    table = Table(box=box.SIMPLE_HEAD)
    for name in names:
        right = kind is RecordKind.SERIES and name not in ("at", "model", "breaker")
        table.add_column(name, overflow="fold", justify="right" if right else "left")
    count, newest = 0, deque[Record](maxlen=_MOST)
    for record in records:
        newest.append(record)
        count += 1
    for record in newest:
        table.add_row(*(Text(printable(cell)) for cell in row_of(record)))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDEST  # a pipe has no width, and gets whole lines
    console.print(table)
    if count > _MOST:
        told = f"the newest {_MOST} of {count}; --json or `history export` has all of them"
        print(f"hive-resilience: {told}", file=sys.stderr)


def _series(one: Any) -> list[str]:
    calls = one.successes + one.failures + one.timeouts
    errors = f"{(one.failures + one.timeouts) / calls:.1%}" if calls else "-"
    name = "all tasks" if one.model_id is None else one.model_id
    tokens = str(one.input_tokens + one.output_tokens)
    spent = one.durations
    return [
        *(_time(one), name, str(calls), errors, _span(spent, 0.5), _span(spent, 0.95)),
        *(str(one.rejected), tokens, f"{one.cost:.4g}", one.breaker or "-"),
    ]


def _event(one: Any) -> list[str]:
    told = ", ".join(f"{name}={value}" for name, value in one.fields.items())
    return [_time(one), one.event, one.model_id or "-", told]


def _audit(one: Any) -> list[str]:
    moved = f"{one.before or '-'} -> {one.after or '-'}"
    return [_time(one), one.by, one.action, one.target or "-", moved, one.reason]


def _alert(one: Any) -> list[str]:
    return [_time(one), one.change, one.severity, one.condition, one.model_id or "-", one.message]


def _gap(one: Any) -> list[str]:
    return [_time(one), one.until.strftime(_FORM), one.reason, str(one.dropped)]


_FORM = "%Y-%m-%d %H:%M:%SZ"


def _time(one: Any) -> str:
    return str(one.at.strftime(_FORM))


def _span(sketch: LatencySketch | None, share: float) -> str:
    found = None if sketch is None else sketch.quantile(share)
    return "-" if found is None else f"{found:.3g} s"


_Columns = tuple[tuple[str, ...], Callable[[Any], list[str]]]
_COLUMNS: Mapping[RecordKind, _Columns] = {
    RecordKind.SERIES: (
        (
            *("at", "model", "calls", "errors", "p50", "p95"),
            *("rejected", "tokens", "cost", "breaker"),
        ),
        _series,
    ),
    RecordKind.EVENTS: (("at", "event", "model", "what"), _event),
    RecordKind.AUDIT: (("at", "by", "action", "target", "before -> after", "why"), _audit),
    RecordKind.ALERTS: (("at", "change", "severity", "condition", "model", "message"), _alert),
    RecordKind.GAPS: (("from", "until", "why", "dropped"), _gap),
}
