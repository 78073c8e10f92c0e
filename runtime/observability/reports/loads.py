"""How much load there was by the hour, and how much is to come. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..analytics.forecasts import Forecast, forecast
from ..history.records import HOUR, SeriesPoint
from .gathering import Period

_DAY_HOURS = 24
_WEEK_HOURS = 7 * _DAY_HOURS


def hourly_calls(points: Sequence[SeriesPoint], period: Period) -> list[float]:
    """Calls of each whole hour of a period, 0 where there was none; from the first call on."""
    by_hour = {
        int(point.at.timestamp()) // HOUR: point.successes + point.failures + point.timeouts
        for point in points
    }
    if not by_hour:
        return []
    end = int(period.until.timestamp()) // HOUR
    return [float(by_hour.get(hour, 0)) for hour in range(min(by_hour), end)]


def forecast_of(hourly: Sequence[float]) -> Forecast | None:
    """The next day, by weeks where there are two of them, else by days; None: too little."""
    season = _WEEK_HOURS if len(hourly) > 2 * _WEEK_HOURS + _DAY_HOURS else _DAY_HOURS
    return forecast(hourly, season, _DAY_HOURS)
