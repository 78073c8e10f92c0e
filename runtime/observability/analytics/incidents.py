"""Incidents of a model out of what was noted of it, and how long each part of one took. Pure.

An incident begins when the breaker opens or the status becomes unavailable by itself, and ends when
the model is available again and has answered. Times to detect, to divert and to restore are those
of Beyer, B. et al. (2016), Site Reliability Engineering, and are told as medians and worst cases:
a mean of few durations says little (Davidovic, S. and Beyer, B. (2021), Incident Metrics in SRE).
What is not over is censored: it took at least so long.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

CLOSE = timedelta(seconds=60)
"""Incidents of a model that are closer than this are one."""
_LOOK = timedelta(seconds=2)
"""A first failure is noted at the next look, perhaps after the breaker has opened."""


class What(StrEnum):
    """What was noted of a model."""

    FAILING = "failing"
    """The first attempt failed; noted once it has become an incident."""
    DIVERTED = "diverted"
    """Another model answered a task that was meant for it."""
    OUT = "out"
    """The breaker opened, or the status became unavailable; not by hand."""
    BACK = "back"
    """The breaker is closed, and the status is not unavailable."""
    ANSWERED = "answered"
    """It answers again."""
    LOST = "lost"
    """The process has ended, or the model is no part of the fleet any more."""


class Note(NamedTuple):
    """One change of one model."""

    at: datetime
    model_id: str
    what: What
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds; `at_least`: it was not over when nothing more was seen."""

    seconds: float
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident. `until` is None while it is open; it was seen up to `seen_until`.

    `detect` is from the first failed attempt to the open breaker, `divert` from there to the first
    task that another model answered, `recover` from the detection to the first success after it,
    `restore` from there to the usual share of the answers. None: it is not known, or has not been.
    """

    model_id: str
    cause: str
    failing_since: datetime | None
    detected: datetime
    seen_until: datetime
    diverted: datetime | None = None
    available: datetime | None = None
    answered: datetime | None = None
    restored: datetime | None = None
    until: datetime | None = None
    parts: int = 1
    """How many incidents close to each other it is made of."""
    lost: bool = False
    """Its process ended before it did."""
    detect: Took | None = None
    divert: Took | None = None
    recover: Took | None = None
    restore: Took | None = None

    @property
    def began(self) -> datetime:
        """The first that is known of it."""
        return self.detected if self.failing_since is None else self.failing_since


def incidents(notes: Iterable[Note], until: datetime) -> list[Incident]:
    """The incidents in the notes of one process, oldest first; `until` is when the notes end.

    Notes are in the order of their times.
    """
    found, open_ = list[Incident](), dict[str, _Open]()
    for note in notes:
        one = open_.setdefault(note.model_id, _Open())
        closed = one.take(note)
        if closed is not None:
            found.append(closed)
            open_[note.model_id] = _Open()
            open_[note.model_id].take(note)  # what ends one incident may begin the next
    found += [_ended(one.known, until) for one in open_.values() if one.known is not None]
    return sorted(found, key=_began)


class _Open:
    """What is known of a model: an incident that is not over, or what may become one."""

    __slots__ = ("diverted", "failing", "known")

    def __init__(self) -> None:
        self.known: Incident | None = None
        self.failing: datetime | None = None
        self.diverted: datetime | None = None

    def take(self, note: Note) -> Incident | None:
        """One more note; an incident that is over with it."""
        known = self.known
        if known is None:
            self._before(note)
            return None
        if note.what is What.OUT:
            return self._out_again(known, note)
        self.known = known = _noted(known, note)
        if note.what is What.LOST or (known.available is not None and known.answered is not None):
            return _ended(known, note.at)
        return None

    def _before(self, note: Note) -> None:
        match note.what:
            case What.FAILING:
                self.failing = note.at
            case What.DIVERTED:
                self.diverted = note.at
            case What.OUT:
                since = None if self.failing is None else min(self.failing, note.at)
                self.known = Incident(
                    note.model_id, note.reason, since, note.at, note.at, self.diverted
                )
            case _:
                self.failing = self.diverted = None

    def _out_again(self, known: Incident, note: Note) -> Incident | None:
        """Soon it is the same incident; late, as no call came meanwhile, it is another one."""
        if known.available is not None and note.at - known.available >= CLOSE:
            return _ended(known, note.at)
        again = known.available is not None
        self.known = replace(known, available=None, answered=None, parts=known.parts + again)
        return None


def _noted(known: Incident, note: Note) -> Incident:
    """What a note adds to an incident."""
    match note.what:
        case What.FAILING if known.failing_since is None and note.at - known.detected <= _LOOK:
            return replace(known, failing_since=min(note.at, known.detected))
        case What.DIVERTED if known.diverted is None:
            return replace(known, diverted=note.at)
        case What.BACK:
            return replace(known, available=note.at)
        case What.ANSWERED:
            return replace(known, answered=max(note.at, known.detected))
        case What.LOST:
            return replace(known, lost=True)
        case _:
            return known


def _ended(known: Incident, seen_until: datetime) -> Incident:
    """The incident with its times, as far as it was seen."""
    over = (
        None if known.available is None else max(known.available, known.answered or known.available)
    )
    began = known.began
    known = replace(known, seen_until=over or seen_until, until=over)
    return replace(
        known,
        detect=None if known.failing_since is None else _took(began, known.detected),
        divert=None if known.diverted is None else _took(began, known.diverted),
        recover=_took(
            known.detected,
            known.answered or known.available or seen_until,
            at_least=known.answered is None,
        ),
    )


def _took(since: datetime, until: datetime, *, at_least: bool = False) -> Took:
    return Took(max(0.0, (until - since).total_seconds()), at_least)


def merged(found: Iterable[Incident]) -> list[Incident]:
    """Incidents of several processes as one list: those of a model that are close are one."""
    last, whole = dict[str, int](), list[Incident]()
    for one in sorted(found, key=_began):
        at = last.get(one.model_id)
        before = None if at is None else whole[at]
        if at is not None and before is not None and _is_close(before, one):
            whole[at] = _together(before, one)
        else:
            last[one.model_id] = len(whole)
            whole.append(one)
    return whole


def _is_close(before: Incident, one: Incident) -> bool:
    return one.began - (before.until or before.seen_until) < CLOSE


def _together(one: Incident, other: Incident) -> Incident:
    """Two incidents as one: it is over once both are."""
    over = one.until is not None and other.until is not None
    available = _latest(one.available, other.available) if over else None
    answered = _latest(one.answered, other.answered) if over else None
    known = replace(
        one,
        failing_since=_earliest(one.failing_since, other.failing_since),
        detected=min(one.detected, other.detected),
        diverted=_earliest(one.diverted, other.diverted),
        available=available,
        answered=answered,
        parts=one.parts + other.parts,
        lost=one.lost or other.lost,
    )
    return _ended(known, max(one.seen_until, other.seen_until))


def _began(one: Incident) -> datetime:
    return one.began


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)


def restored(one: Incident, at: datetime | None, seen_until: datetime) -> Incident:
    """The incident with the time of its full share; `at` None: not up to `seen_until`."""
    if one.answered is None:
        return one
    took = _took(one.answered, at or seen_until, at_least=at is None)
    return replace(one, restored=at, restore=took)


@dataclass(frozen=True, slots=True)
class Typical:
    """Of `count` durations the median and the longest, each perhaps at least so long."""

    count: int
    median: Took
    worst: Took


def typical(each: Sequence[Took]) -> Typical | None:
    """The middle and the longest; None: there is none.

    The median is certain where all that is not over is longer than it anyway.

    >>> found = typical([Took(10.0), Took(20.0), Took(90.0, at_least=True)])
    >>> found.median, found.worst
    (Took(seconds=20.0, at_least=False), Took(seconds=90.0, at_least=True))
    """
    if not each:
        return None
    ordered = sorted(each, key=lambda took: took.seconds)
    half = len(ordered) // 2
    middle = ordered[half : half + 1] if len(ordered) % 2 else ordered[half - 1 : half + 1]
    seconds = sum(took.seconds for took in middle) / len(middle)
    uncertain = any(took.at_least and took.seconds <= middle[-1].seconds for took in each)
    longest = Took(ordered[-1].seconds, any(took.at_least for took in each))
    return Typical(len(each), Took(seconds, uncertain), longest)


@dataclass(frozen=True, slots=True)
class Times:
    """The four times of all incidents; None: none of them has it."""

    detect: Typical | None = None
    divert: Typical | None = None
    recover: Typical | None = None
    restore: Typical | None = None


def times(found: Sequence[Incident]) -> Times:
    """Median and worst of each time."""
    return Times(
        typical([one.detect for one in found if one.detect is not None]),
        typical([one.divert for one in found if one.divert is not None]),
        typical([one.recover for one in found if one.recover is not None]),
        typical([one.restore for one in found if one.restore is not None]),
    )
