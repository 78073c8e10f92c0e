"""The books of a fleet as samples of our families: what text, collector and tests read. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from ....actors.policies.breaker.states import State
from ....actors.policies.health.status import ModelStatus
from ....actors.policies.metrics.figures import FleetFigures, ModelFigures, TaskFigures
from ....actors.policies.metrics.folding import folded, merged
from ....actors.policies.metrics.labels import OTHER
from ....actors.policies.metrics.reasons import BY_THE_BREAKER, REASONS
from ....actors.policies.metrics.sketch import LatencySketch
from ....actors.policies.outcomes.fault import Fault
from ....actors.policies.recovery.records import RemedyOutcome
from ....config.settings.strategy import Strategy
from ..slices import Steps, at_once
from .cluster import of_cluster
from .families import FAMILIES, SHORT_BOUNDS, Family
from .samples import Sample, buckets_of, by_name

_MODEL_ACTOR, _WORKERS = "model:", "workers:"
_MOST_ACTORS = 200
_LOT = 4
"""Models that are measured in one go."""
_FOLDED = 50
"""Models that are added up in one go."""


class Measured(NamedTuple):
    """One family with its samples."""

    family: Family
    samples: list[Sample]


class _Model(NamedTuple):
    """What has one label: the sum of all counters, and the models that are there now."""

    label: str
    books: ModelFigures
    members: list[ModelFigures]


def measured(figures: FleetFigures, versions: tuple[str, str]) -> list[Measured]:
    """All families that have something to tell, in the order of the table."""
    return at_once(measuring(figures, versions))


def measuring(figures: FleetFigures, versions: tuple[str, str]) -> Steps[list[Measured]]:
    """As `measured`, in small steps."""
    models = yield from _models(figures)
    found = dict(_fleet(figures, models, versions))
    found |= {name: [] for name in _OF_MODELS}
    for at, model in enumerate(models, 1):
        for name, read in _OF_MODELS.items():
            found[name] += [((model.label, *labels), value) for labels, value in read(model)]
        if at % _LOT == 0:
            yield
    return _in_order(found)


def of_server(overhead: LatencySketch, requests: Mapping[str, int]) -> list[Measured]:
    """What the server adds of its own."""
    return _in_order(
        {
            "hive_overhead_seconds": [((), buckets_of(overhead, SHORT_BOUNDS))],
            "hive_requests_total": [((status,), count) for status, count in requests.items()],
        }
    )


def _in_order(found: Mapping[str, list[Sample]]) -> list[Measured]:
    return [Measured(family, found[name]) for name, family in FAMILIES.items() if found.get(name)]


def _models(figures: FleetFigures) -> Steps[list[_Model]]:
    found: dict[str, _Model] = {}
    if figures.gone is not None:
        found[OTHER] = _Model(OTHER, figures.gone, [])
    for at, one in enumerate(figures.models, 1):
        known = found.get(one.label)
        if known is None:
            found[one.label] = _Model(one.label, one, [one])
        else:
            known.members.append(one)
            found[one.label] = known._replace(books=folded(known.books, one))
        if at % _FOLDED == 0:
            yield
    return list(found.values())


# The fleet as a whole.


def _fleet(
    figures: FleetFigures, models: list[_Model], versions: tuple[str, str]
) -> Iterator[tuple[str, list[Sample]]]:
    tasks = figures.tasks
    durations = merged(tasks.durations, tasks.other_durations)
    yield "hive_build_info", [(versions, 1)]
    yield "hive_tasks_total", [((name,), count) for name, count in _outcomes(tasks)]
    yield "hive_task_duration_seconds", [((), buckets_of(durations))]
    yield "hive_tasks_in_flight", [((), tasks.in_flight)]
    yield "hive_tasks_waiting", [((), tasks.waiting)]
    yield "hive_dispatched_total", _counts(_STRATEGIES, tasks.strategies)
    yield "hive_fallbacks_total", _fallbacks(figures)
    yield "hive_actor_restarts_total", _restarts(figures, models)
    yield "hive_dead_letters_total", by_name(figures.dead_letters)
    yield "hive_events_dropped_total", by_name(figures.dropped_by)
    yield "hive_degradation_level", [((), figures.level)]
    yield "hive_remedies_total", _counts(_OUTCOMES, figures.remedies)
    yield "hive_alerts_active", list(figures.alerts.items())
    if figures.cluster is not None:
        yield from of_cluster(figures.cluster, figures.named)


def _outcomes(tasks: TaskFigures) -> Iterable[tuple[str, int]]:
    return (
        ("success", tasks.succeeded),
        ("failure", tasks.failed),
        ("refused", tasks.refused),
        ("cancelled", tasks.cancelled),
    )


def _fallbacks(figures: FleetFigures) -> list[Sample]:
    found: dict[tuple[str, ...], int] = {}
    for pair, count in figures.tasks.fallbacks.items():
        labels = tuple(name if name in figures.named else OTHER for name in pair)
        found[labels] = found.get(labels, 0) + count
    return list(found.items())


def _restarts(figures: FleetFigures, models: list[_Model]) -> list[Sample]:
    """Of models by their labels, as their own books have them; of others by name, so many."""
    found: dict[str, int] = {}
    for model in models:
        found[_MODEL_ACTOR + model.label] = model.books.restarts
    room = _MOST_ACTORS
    for actor, count in figures.restarts.items():
        if actor.startswith(_MODEL_ACTOR):
            continue
        if actor.startswith(_WORKERS):
            if actor.removeprefix(_WORKERS) in figures.named:
                found[actor] = count
        elif room:
            room -= 1
            found[actor] = count
    return by_name(found)


# Models.


def _states(known: Iterable[str], states: list[str]) -> list[Sample]:
    return [((name,), states.count(name)) for name in known]


def _counts(known: Iterable[str], counts: Mapping[str, int]) -> list[Sample]:
    """Of each that is known, at 0 from the start, so that the first one is seen."""
    return [((name,), counts.get(name, 0)) for name in known]


def _attempts(model: _Model) -> list[Sample]:
    books = model.books
    counts = (books.successes, books.failures, books.timeouts, books.cancelled)
    names = ("success", "failure", "timeout", "cancelled")
    return [((name,), count) for name, count in zip(names, counts, strict=True)]


def _durations(model: _Model) -> list[Sample]:
    books = model.books
    return [
        (("success",), buckets_of(books.durations)),
        (("other",), buckets_of(books.other_durations)),
    ]


def _quotas(model: _Model) -> list[Sample]:
    kinds = (
        ("requests", [one.requests_left for one in model.members]),
        ("tokens", [one.tokens_left for one in model.members]),
    )
    known = [(kind, [one for one in left if one is not None]) for kind, left in kinds]
    return [((kind,), sum(left)) for kind, left in known if left]


def _budget(model: _Model) -> list[Sample]:
    """Of a model with a label of its own: a share of several budgets would say nothing."""
    if model.label == OTHER or model.members[0].retry_budget is None:
        return []
    return [((), model.members[0].retry_budget)]


def _throttled(model: _Model) -> list[Sample]:
    """Of a model with a label of its own, as `_budget`."""
    if model.label == OTHER:
        return []
    return [((priority,), share) for priority, share in model.members[0].throttled.items()]


def _tokens(model: _Model) -> list[Sample]:
    told = model.books.tokens
    return [
        (("input",), told.input),
        (("output",), told.output),
        (("cached",), told.cached),
        (("reasoning",), told.reasoning),
    ]


_STATES, _STATUSES = tuple(one.value for one in State), tuple(one.value for one in ModelStatus)
_OUTCOMES = tuple(one.value for one in RemedyOutcome)
_FAULTS = tuple(one.value for one in Fault)
_STRATEGIES = tuple(one.value for one in Strategy)
_OF_MODELS: Mapping[str, Callable[[_Model], Iterable[Sample]]] = {
    "hive_attempts_total": _attempts,
    "hive_attempt_duration_seconds": _durations,
    "hive_faults_total": lambda one: _counts(_FAULTS, one.books.faults),
    "hive_chaos_injected_total": lambda one: by_name(one.books.hits),
    "hive_retries_total": lambda one: [((), one.books.retries)],
    "hive_hedges_total": lambda one: [
        (("won",), one.books.hedges_won),
        (("lost",), one.books.hedges_lost),
    ],
    "hive_time_to_first_chunk_seconds": lambda one: [((), buckets_of(one.books.first_contents))],
    "hive_breaker_state": lambda one: _states(
        _STATES, [each.breaker.value for each in one.members]
    ),
    "hive_breaker_transitions_total": lambda one: _counts(_STATES, one.books.transitions),
    "hive_breaker_not_permitted_total": lambda one: [
        ((), sum(one.books.rejections.get(reason, 0) for reason in BY_THE_BREAKER))
    ],
    "hive_rejections_total": lambda one: _counts(REASONS, one.books.rejections),
    "hive_model_status": lambda one: _states(
        _STATUSES, [each.status.value for each in one.members]
    ),
    "hive_calls_under_way": lambda one: [((), sum(each.under_way for each in one.members))],
    "hive_bulkhead_limit": lambda one: [((), sum(each.limit for each in one.members))],
    "hive_bulkhead_limit_configured": lambda one: [
        ((), sum(each.configured_limit for each in one.members))
    ],
    "hive_throttled_ratio": _throttled,
    "hive_quota_remaining": _quotas,
    "hive_retry_budget_ratio": _budget,
    "hive_tokens_total": _tokens,
}
