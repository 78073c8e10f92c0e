"""What the numbers allow to be said of their course: trends, steps, unusual values, forecasts.

A statement needs 20 cases or more for each of its points, 10 % of change or more, and less than one
time in a hundred by chance (steps: one in twenty); what is said of many models holds together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

from ...analytics.anomalies import REFERENCE, anomaly, holds, share_anomaly
from ...analytics.latencies import median
from ...analytics.seasons import holding, without_season
from ...analytics.shares import ENOUGH, Share, share
from ...analytics.steps import steps
from ...analytics.trends import trend
from ...history.records import HOUR, SeriesPoint
from .. import words
from ..gathering import Gathered, Series
from ..loads import forecast_of, hourly_calls
from ..report import Finding
from .events import Happening, nearest

_SIX_HOURS = 6 * HOUR
_DAY_HOURS = 24
_NEAR = timedelta(hours=1)
_LAST = 2
"""Hours at the end that have to be unusual."""
Metric: TypeAlias = tuple[str, Callable[[SeriesPoint], float | None], Callable[[float], str]]


def _p95(point: SeriesPoint) -> float | None:
    has = point.durations
    return None if has is None or has.count < ENOUGH else has.quantile(0.95)


def _failing(point: SeriesPoint) -> float | None:
    bad = point.failures + point.timeouts
    return bad / (bad + point.successes) if bad + point.successes >= ENOUGH else None


_METRICS: Sequence[Metric] = (
    ("p95", _p95, words.seconds),
    ("failures", _failing, words.percent),
)
_NAMES = {"p95": "The p95", "failures": "The share of failures"}


class _Course(NamedTuple):
    """A metric of a model by time, without the points that have too few cases."""

    name: str
    model_id: str
    values: list[float]
    times: list[datetime]
    told: Callable[[float], str]

    def flat(self, step: int) -> list[float]:
        """Without its daily course; `step` is seconds from a value to the next."""
        places = [int(at.timestamp()) % (_DAY_HOURS * HOUR) // step for at in self.times]
        return without_season(self.values, places)


def findings_of(found: Gathered, happened: Sequence[Happening]) -> tuple[Finding, ...]:
    """All statements; none where the period is too short for any."""
    if found.period.step != HOUR:
        return ()
    told = [
        *_trends(_courses(found, _SIX_HOURS)),
        *_steps(_courses(found, HOUR), happened),
        *_unusual(found),
        *_load(found),
    ]
    return tuple(told)


def _courses(found: Gathered, step: int) -> list[_Course]:
    return [
        _course(metric, model_id, series, step)
        for model_id, series in found.models.items()
        for metric in _METRICS
    ]


def _course(metric: Metric, model_id: str, series: Series, step: int) -> _Course:
    name, read, told = metric
    points = [(point.at, value) for point in series.points if (value := read(point)) is not None]
    if step != HOUR:
        points = _medians(points, step)
    return _Course(name, model_id, [v for _, v in points], [at for at, _ in points], told)


def _medians(points: Sequence[tuple[datetime, float]], step: int) -> list[tuple[datetime, float]]:
    """The middle of the values of each step."""
    lots: dict[int, list[tuple[datetime, float]]] = {}
    for at, value in points:
        lots.setdefault(int(at.timestamp()) // step, []).append((at, value))
    return [(lot[0][0], median([value for _, value in lot])) for lot in lots.values()]


# Trends.


def _trends(courses: Sequence[_Course]) -> Iterator[Finding]:
    each = [(course, trend(course.flat(_SIX_HOURS))) for course in courses]
    stated = [(course, one) for course, one in each if one is not None]
    held = holding([one.p for _, one in stated], 0.01)
    for (course, one), holds_ in zip(stated, held, strict=True):
        if not (holds_ and one.is_stated):
            continue
        yield Finding(
            "trend",
            course.name,
            course.model_id,
            f"{_NAMES[course.name]} of {course.model_id} "
            f"{'rises' if one.slope > 0 else 'falls'}: {words.change(one.change)} over the period "
            f"({one.points} values of 6 h, by chance less than "
            f"{words.percent(max(one.p, 0.0001))} of the time).",
            {"change": one.change, "p": one.p, "points": one.points, "slope": one.slope},
        )


# Steps.


def _steps(courses: Sequence[_Course], happened: Sequence[Happening]) -> Iterator[Finding]:
    for course in courses:
        for one in steps(course.flat(HOUR)):
            at = course.times[one.index]
            near = nearest(happened, at, _NEAR, course.model_id)
            why = f", as {near.text} at {words.when(near.at)}" if near is not None else ""
            yield Finding(
                "step",
                course.name,
                course.model_id,
                f"{_NAMES[course.name]} of {course.model_id} went from {course.told(one.before)} "
                f"to {course.told(one.after)} ({words.change(one.change)}) at "
                f"{words.when(at)}{why}.",
                {"before": one.before, "after": one.after, "change": one.change, "p": one.p},
            )


# Unusual values, at the end of the period.


def _unusual(found: Gathered) -> Iterator[Finding]:
    for model_id, series in found.models.items():
        yield from _unusually_slow(_course(_METRICS[0], model_id, series, HOUR))
        yield from _unusually_failing(model_id, series.points)


def _unusually_slow(course: _Course) -> Iterator[Finding]:
    if len(course.values) < _LAST + 1:
        return
    told = [anomaly(course.values[at], _past(course, at)) for at in range(-_LAST, 0)]
    value, usual = told[-1].value, told[-1].usual
    if usual is None or not holds([one.verdict for one in told]):
        return
    how = f"{words.change(value / usual - 1)} beside what is usual" if usual else "unusual"
    text = (
        f"The p95 of {course.model_id} was unusual in the last two hours: {words.seconds(value)}, "
        f"{how} ({words.seconds(usual)})."
    )
    numbers = {"value": value, "usual": usual, "score": told[-1].score}
    yield Finding("unusual", "p95", course.model_id, text, numbers)


def _past(course: _Course, at: int) -> list[float]:
    """The same hour of earlier days, or where they are too few the last day."""
    before, hour = course.values[:-_LAST], course.times[at].hour
    times = course.times[:-_LAST]
    same = [value for value, time in zip(before, times, strict=True) if time.hour == hour]
    return same if len(same) >= REFERENCE else before[-_DAY_HOURS:]


def _unusually_failing(model_id: str, points: Sequence[SeriesPoint]) -> Iterator[Finding]:
    """By intervals, since few calls make large shares."""
    if len(points) <= _LAST:
        return
    past = _share(points[:-_LAST])
    last = [_share([point]) for point in points[-_LAST:]]
    if past is None or any(one is None for one in last):
        return
    told = [one for one in last if one is not None]
    if not holds([share_anomaly(one, past) for one in told]) or told[-1].value < past.value:
        return
    yield Finding(
        "unusual",
        "failures",
        model_id,
        f"{words.percent(told[-1].value)} of the calls of {model_id} failed in the last hour, and "
        f"{words.percent(past.value)} before that.",
        {"value": told[-1].value, "usual": past.value},
    )


def _share(points: Sequence[SeriesPoint]) -> Share | None:
    bad = sum(point.failures + point.timeouts for point in points)
    return share(bad, bad + sum(point.successes for point in points))


# What comes.


def _load(found: Gathered) -> Iterator[Finding]:
    """The tasks of the next day, where the past of the period shows how good that is."""
    hourly = hourly_calls(found.fleet.points, found.period)
    told = forecast_of(hourly)
    if told is None:
        return
    at = max(range(len(told.high)), key=told.values.__getitem__)
    hour = found.period.until + timedelta(hours=at)
    yield Finding(
        "forecast",
        "tasks",
        None,
        f"The busiest hour of the next day will have some {words.count(told.values[at])} tasks, "
        f"from {words.when(hour)} ({words.count(told.low[at])} to {words.count(told.high[at])}); "
        f"such bands have held {words.percent(round(told.coverage, 2))} of {told.judged} past "
        "hours, and 80 % is meant.",
        {
            "value": told.values[at],
            "low": told.low[at],
            "high": told.high[at],
            "coverage": told.coverage,
        },
    )
