"""`hive-resilience history export`: one record after the other, so that memory does not grow."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TextIO

from ...observability.history.reading import HistoryError
from ...observability.history.records import Record, RecordKind
from .asking import DONE, WRONG, Question, WrongOptionError, refusal, say
from .plain import as_json, cells, columns


def write(folder: Path, question: Question, format: str, output: str) -> int:
    """Write all of it; the exit code."""
    if format not in ("csv", "jsonl"):
        return say("--format should be csv or jsonl", WRONG)
    try:
        kind, records = question.kind, question.records(folder)
        with (
            nullcontext(sys.stdout)
            if output == "-"
            else open(output, "w", encoding="utf-8", newline="") as file
        ):
            _pour(file, format, kind, records)
    except (WrongOptionError, HistoryError) as error:
        return refusal(error)
    except BrokenPipeError:  # its reader has read enough
        sys.stdout = None  # nothing is flushed at the end
        return DONE
    except OSError as error:
        return say(f"{output}: {error.strerror}", WRONG)
    return DONE


def _pour(file: TextIO, format: str, kind: RecordKind, records: Iterator[Record]) -> None:
    if format == "jsonl":
        for record in records:
            file.write(as_json(record).decode())
        return
    table = csv.writer(file)
    table.writerow(columns(kind))
    for record in records:
        table.writerow(cells(record))
