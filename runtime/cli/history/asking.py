"""What the options of a command ask of a history."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ....config.values.words import nearest, printable
from ...observability.history.reading import HistoryError, open_history
from ...observability.history.records import MINUTE, Record, RecordKind
from ...observability.reports.asked import seconds, when

DONE, NO_HISTORY, WRONG = 0, 1, 2


class WrongOptionError(Exception):
    """An option that cannot be used; its text says what can be."""


@dataclass(frozen=True, slots=True)
class Question:
    """The options as they were written."""

    what: str
    since: str
    until: str
    model: str | None
    step: str

    @property
    def kind(self) -> RecordKind:
        """Raises `WrongOptionError` for another word."""
        try:
            return RecordKind(self.what)
        except ValueError:
            meant = nearest(self.what, list(RecordKind))
            hint = f"did you mean {meant}?" if meant else f"there are {', '.join(RecordKind)}"
            raise WrongOptionError(f"{printable(self.what)} is not recorded; {hint}") from None

    def records(self, folder: Path) -> Iterator[Record]:
        """What was asked for. Raises `WrongOptionError` and `HistoryError`."""
        now = time.time()
        since = at("--since", self.since, now)
        until = at("--until", self.until, now) if self.until else None
        step = int(span("--step", self.step))
        if step < MINUTE or step % MINUTE:
            raise WrongOptionError("--step should be whole minutes: 1m, 15m, 1h, 1d")
        return open_history(folder).read(self.kind, since, until, self.model, step)


def span(option: str, text: str) -> float:
    """Seconds of a text as "2h". Raises `WrongOptionError`."""
    try:
        return seconds(text)
    except ValueError as error:
        raise WrongOptionError(f"{option}: {error}") from None


def at(option: str, text: str, now: float) -> datetime:
    """The time that a text means: a span before now, or a time, in UTC where it says no zone."""
    try:
        return when(text, now)
    except ValueError as error:
        raise WrongOptionError(f"{option}: {error}") from None


def say(message: str, code: int) -> int:
    """Tell the user on standard error; the exit code."""
    print(f"hive-resilience: {message}", file=sys.stderr)
    return code


def refusal(error: WrongOptionError | HistoryError) -> int:
    """Tell what is wrong; the exit code for it."""
    return say(str(error), WRONG if isinstance(error, WrongOptionError) else NO_HISTORY)
