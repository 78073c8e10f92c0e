"""How much load comes, by what came a week or a day ago; always beside how good that was. Pure.

The seasonal naive forecast (Hyndman and Athanasopoulos, Forecasting: principles and practice), with
bands of its own past errors (conformal prediction, Vovk et al. 2005): no distribution is assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .latencies import median

_SEASONS = 3
"""Earlier seasons whose mean is the forecast."""
_LEAST = 2
"""Seasons without which there is no forecast."""
_ERRORS = 12
"""Past errors without which there is no band."""
_LOW, _HIGH = 0.1, 0.9


@dataclass(frozen=True, slots=True)
class Forecast:
    """A value for each step ahead with a band that held `coverage` of the past (wanted: 0.8).

    `error` is the median of past errors, as a share of what came.
    """

    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    coverage: float
    error: float
    judged: int
    """Past forecasts of which `coverage` and `error` tell."""


def forecast(values: Sequence[float], season: int, ahead: int) -> Forecast | None:
    """The next `ahead` steps of a series that repeats itself every `season` steps.

    None: there are fewer than two seasons, or too few past forecasts to know how good they are.
    """
    if season < 1 or len(values) < _LEAST * season or ahead < 1:
        return None
    ahead = min(ahead, season)
    errors = _past_errors(values, season, ahead)
    if len(errors) < _ERRORS:
        return None
    shares = sorted(came - told for told, came in errors)
    low, high = _quantile(shares, _LOW), _quantile(shares, _HIGH)
    told = [_told(values, len(values) + step, season) for step in range(ahead)]
    level = _level(values, season)
    scaled = [value * level for value in told]
    return Forecast(
        tuple(scaled),
        tuple(max(0.0, value + low) for value in scaled),
        tuple(max(0.0, value + high) for value in scaled),
        _coverage(errors),
        median([abs(came - t) / came for t, came in errors if came] or [0.0]),
        len(errors),
    )


def _told(values: Sequence[float], at: int, season: int) -> float:
    """The mean of the same step of earlier seasons."""
    earlier = [values[at - season * back] for back in range(1, _SEASONS + 1) if at >= season * back]
    return sum(earlier) / len(earlier)


def _level(values: Sequence[float], season: int) -> float:
    """How the last season lies beside those before it."""
    last, before = values[-season:], values[:-season][-season * _SEASONS :]
    mean = sum(before) / len(before) if before else 0.0
    return 1.0 if not mean else min(max(sum(last) / season / mean, 0.5), 2.0)


def _past_errors(values: Sequence[float], season: int, ahead: int) -> list[tuple[float, float]]:
    """What would have been forecast, and what came: each origin sees only what was before it."""
    found: list[tuple[float, float]] = []
    for origin in range(2 * season, len(values), ahead):
        past = values[:origin]
        level = _level(past, season)
        found.extend(
            (_told(past, at, season) * level, values[at])
            for at in range(origin, min(origin + ahead, len(values)))
        )
    return found


def _coverage(errors: Sequence[tuple[float, float]]) -> float:
    """How often a band of the errors before it held what came."""
    held = judged = 0
    for index in range(_ERRORS, len(errors)):
        before = sorted(came - told for told, came in errors[:index])
        told, came = errors[index]
        judged += 1
        held += told + _quantile(before, _LOW) <= came <= told + _quantile(before, _HIGH)
    return held / judged if judged else 0.0


def _quantile(ordered: Sequence[float], q: float) -> float:
    """The outer one of the two values next to the quantile, as conformal bands want it."""
    place = q * (len(ordered) + 1)
    index = int(place) if q < 0.5 else int(-(-place // 1))
    return ordered[min(max(index - 1, 0), len(ordered) - 1)]
