"""What rules look at: the value of every metric, of each model and of all tasks.

It is fed with the books of a fleet from time to time. Only what a rule asks for is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import NamedTuple

from ....config.settings.observability.alert_metrics import METRICS, OWN, Measure
from ....config.settings.observability.alert_rules import AlertRuleConfig
from ..metrics.figures import FleetFigures, ModelFigures
from ..metrics.sketch import LatencySketch
from .metric_readers import (
    COUNTED,
    COUNTED_OF_ALL,
    IN_MILLIONTHS,
    MILLION,
    NOW,
    NOW_OF_ALL,
    SKETCHED,
    Pair,
)
from .recent_sketch import RecentSketch
from .running_sums import RunningSums, Sums


class Reading(NamedTuple):
    """The value of a metric for one model (None: all tasks), and how many events made it."""

    model_id: str | None
    value: float | None
    events: int


class _Asked(NamedTuple):
    """A metric within a window, as at least one rule asks for it."""

    metric: str
    window: float


class Readings:
    """All that rules look at. `observe` first, to its end, then `read`."""

    def __init__(self, rules: Iterable[AlertRuleConfig] = ()) -> None:
        self._figures: FleetFigures | None = None
        self._models: dict[str, ModelFigures] = {}
        self._own: Mapping[str, float | None] = {}
        self._sums: dict[tuple[str, str | None], RunningSums] = {}
        self._sketches: dict[tuple[_Asked, str | None], RecentSketch] = {}
        self.adopt(rules)

    def adopt(self, rules: Iterable[AlertRuleConfig]) -> None:
        """Keep what these rules ask for, and forget the rest."""
        self._longest: dict[str, float] = {}
        self._quantiles: set[_Asked] = set()
        for rule in rules:
            measure = METRICS[rule.metric].measure
            if measure is Measure.QUANTILE:
                self._quantiles.add(_Asked(_source(rule.metric), rule.window))
            elif METRICS[rule.metric].has_window:
                before = self._longest.get(rule.metric, 0.0)
                self._longest[rule.metric] = max(before, rule.window)
        self._sums = {key: one for key, one in self._sums.items() if key[0] in self._longest}
        self._sketches = {k: one for k, one in self._sketches.items() if k[0] in self._quantiles}

    def observe(
        self, figures: FleetFigures, own: Mapping[str, float | None] | None = None
    ) -> Iterator[None]:
        """The books are these now; a step for each number. `own`: those of functions, by rule."""
        self._figures, self._own = figures, own or {}
        self._models = {one.model_id: one for one in figures.models}
        self._forget()
        for metric in self._longest:
            for model_id, pair in _counted(metric, figures):
                self._sums_of(metric, model_id).record(figures.now, *pair)
                yield
        for asked in self._quantiles:
            for model_id, sketch in _sketched(asked.metric, figures):
                key = (asked, model_id)
                if key not in self._sketches:
                    self._sketches[key] = RecentSketch(asked.window)
                self._sketches[key].record(figures.now, sketch)
                yield

    def read(self, rule: AlertRuleConfig) -> Iterator[Reading]:
        """The value for each model that the rule is about, or for all tasks."""
        figures, metric = self._figures, METRICS[rule.metric]
        if figures is None:
            return
        if rule.metric == OWN:
            if rule.name in self._own:
                yield Reading(None, self._own[rule.name], 0)
            return
        ids = list[str | None](self._models) if metric.of_models else [None]
        for model_id in ids:
            if model_id is None or not rule.models or model_id in rule.models:
                yield self._reading(rule, model_id, figures)

    def _reading(
        self, rule: AlertRuleConfig, model_id: str | None, figures: FleetFigures
    ) -> Reading:
        name = rule.metric
        match METRICS[name].measure:
            case Measure.NOW | Measure.SHARE_NOW:
                one = None if model_id is None else self._models[model_id]
                return Reading(model_id, _now(name, one, figures), 0)
            case Measure.QUANTILE:
                key = (_Asked(_source(name), rule.window), model_id)
                sketch = self._sketches[key].within()
                share = float(name.rpartition("_p")[2]) / 100
                return Reading(model_id, sketch.quantile(share), sketch.count)
            case measure:
                sums = self._sums_of(name, model_id).within(rule.window)
                return Reading(model_id, _value(measure, name, sums, rule.window), sums.total)

    def _sums_of(self, metric: str, model_id: str | None) -> RunningSums:
        key = (metric, model_id)
        if key not in self._sums:
            self._sums[key] = RunningSums(self._longest[metric])
        return self._sums[key]

    def _forget(self) -> None:
        """Models that are gone."""
        here = {None, *self._models}
        self._sums = {key: one for key, one in self._sums.items() if key[1] in here}
        self._sketches = {key: one for key, one in self._sketches.items() if key[1] in here}


def _value(measure: Measure, name: str, sums: Sums, window: float) -> float | None:
    part = sums.part / MILLION if name in IN_MILLIONTHS else sums.part
    match measure:
        case Measure.SHARE | Measure.MEAN:
            return part / sums.total if sums.total else None
        case Measure.PER_MINUTE:
            return part * 60.0 / window
        case _:
            return float(part)


def _counted(metric: str, figures: FleetFigures) -> Iterator[tuple[str | None, Pair]]:
    if metric in COUNTED_OF_ALL:
        yield None, COUNTED_OF_ALL[metric](figures)
        return
    read = COUNTED[metric]
    for one in figures.models:
        yield one.model_id, read(one)


def _sketched(source: str, figures: FleetFigures) -> Iterator[tuple[str | None, LatencySketch]]:
    if source == "task_latency":
        yield None, figures.tasks.durations
        return
    read = SKETCHED[source]
    for one in figures.models:
        yield one.model_id, read(one)


def _now(name: str, one: ModelFigures | None, figures: FleetFigures) -> float | None:
    found = NOW_OF_ALL[name](figures) if one is None else NOW[name](one)
    return found if found is not None and isfinite(found) else None


def _source(metric: str) -> str:
    return metric.rpartition("_")[0]
