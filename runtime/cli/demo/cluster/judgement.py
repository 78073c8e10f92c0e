"""Whether a demonstration of a cluster went as it should: the bars, from what was heard. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import NamedTuple

ANSWERED = 0.995
GRACE = 0.02
"""Seconds that the news of an open breaker may take; a call that starts later is too late."""
_OPEN = "open"


class Move(NamedTuple):
    """An owner's breaker is in this state since `at`; `epoch` is one life of the owners."""

    at: float
    epoch: int
    generation: int
    model: str
    state: str


class Start(NamedTuple):
    """A call of a model has started."""

    at: float
    model: str


@dataclass(frozen=True, slots=True)
class Opening:
    """The owner's breaker of a model has opened, for so long.

    `last` is how long after it the last call started before the next move, None where none did;
    `late` counts those after the grace.
    """

    model: str
    at: float
    until: float
    last: float | None
    late: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing that has to hold."""

    name: str
    wanted: str
    found: str
    held: bool

    @property
    def verdict(self) -> str:
        """In a word."""
        return "held" if self.held else "missed"


def openings(
    moves: Iterable[Move], starts: Sequence[Start], *, grace: float = GRACE
) -> list[Opening]:
    """Each time that the owner's breaker of a model was open, and the calls that started then.

    >>> moves = [Move(1.0, 7, 1, "m", "open"), Move(3.0, 7, 2, "m", "half_open")]
    >>> found = openings(moves, [Start(0.9, "m"), Start(1.01, "m"), Start(1.5, "m")])
    >>> found[0].late, found[0].last
    (1, 0.5)
    """
    found: list[Opening] = []
    for span in _open_spans(sorted(moves)):
        after = [s.at - span.at for s in starts if s.model == span.model if _within(s, span)]
        late = sum(each > grace for each in after)
        found.append(replace(span, last=max(after, default=None), late=late))
    return found


def bars(*, tasks: int, answered: int, lost: int, opened: Sequence[Opening]) -> tuple[Bar, ...]:
    """What has to hold; without tasks, or without an opening, it has not been shown."""
    share = answered / tasks if tasks else 0.0
    late = sum(opening.late for opening in opened)
    return (
        Bar("tasks without a result", "0", str(lost), tasks > 0 and lost == 0),
        Bar("answered", f">= {ANSWERED:.1%}", f"{share:.2%}", share >= ANSWERED),
        Bar(
            f"calls started > {GRACE * 1e3:.0f} ms after the owner opened",
            "0",
            str(late) if opened else "it has not opened",
            bool(opened) and late == 0,
        ),
    )


def longest_pause(starts: Iterable[Start], begin: float, end: float) -> float | None:
    """The longest time without the start of a call between two moments; None: there was none.

    >>> longest_pause([Start(1.0, "m"), Start(1.2, "m"), Start(1.3, "n")], 0.9, 1.35)
    0.2
    """
    within = sorted(start.at for start in starts if begin <= start.at <= end)
    if not within:
        return None
    pauses = (later - earlier for earlier, later in zip([begin, *within], within, strict=False))
    return round(max(pauses), 6)


def first_after(times: Iterable[float], moment: float | None) -> float | None:
    """How long after a moment the first of the times is; None: none is, or there was no moment."""
    if moment is None:
        return None
    return min((at - moment for at in times if at >= moment), default=None)


def _open_spans(moves: Sequence[Move]) -> list[Opening]:
    """A view that has changed in something else than its state begins no other span."""
    spans: list[Opening] = []
    under_way: dict[str, tuple[Move, int]] = {}
    for move in moves:
        opening = under_way.get(move.model)
        if opening is not None:
            first, place = opening
            if move.state == _OPEN and move[1:3] == first[1:3]:
                continue
            spans[place] = replace(spans[place], until=move.at)
            del under_way[move.model]
        if move.state == _OPEN:
            under_way[move.model] = (move, len(spans))
            spans.append(Opening(move.model, move.at, inf, None, 0))
    return spans


def _within(start: Start, span: Opening) -> bool:
    return span.at < start.at < span.until
