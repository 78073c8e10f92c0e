"""What rules say of the books: which alerts hold, which do not, and of which nothing is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import ge, gt, le, lt
from typing import NamedTuple, TypeAlias

from ....config.settings.observability.alert_metrics import LONGEST_WINDOW, METRICS
from ....config.settings.observability.alert_rules import (
    AlertOperator,
    AlertRuleConfig,
    AlertSeverity,
)
from ....config.settings.observability.alerts import AlertsConfig
from ..health.alerts import AlertCondition
from ..metrics.figures import FleetFigures
from .burn_rate import BURN_RULES, BurnRule, burning
from .identity import AlertFact, fingerprint
from .metric_readers import Pair, budget_spent
from .readings import Reading, Readings
from .running_sums import RunningSums
from .texts import of_burn, of_rule

DEFAULT_RULES: tuple[AlertRuleConfig, ...] = (
    AlertRuleConfig(
        name="low_success_rate",
        metric="task_success_rate",
        operator=AlertOperator.BELOW,
        threshold=0.9,
        severity=AlertSeverity.CRITICAL,
    ),
    AlertRuleConfig(
        name="high_response_time",
        metric="latency_mean",
        threshold=5.0,
        severity=AlertSeverity.WARNING,
    ),
    AlertRuleConfig(
        name="circuits_open",
        metric="circuits_open",
        operator=AlertOperator.AT_LEAST,
        threshold=2.0,
        severity=AlertSeverity.CRITICAL,
    ),
)
"""The three of the framework that this library comes from, with its thresholds."""

_COMPARE: Mapping[AlertOperator, Callable[[float, float], bool]] = {
    AlertOperator.ABOVE: gt,
    AlertOperator.AT_LEAST: ge,
    AlertOperator.BELOW: lt,
    AlertOperator.AT_MOST: le,
}


Verdict: TypeAlias = tuple[str, AlertFact | None]
"""The fingerprint of an alert, and the fact where it holds."""


class Minute(NamedTuple):
    """A minute of a former process that began `age` seconds ago: its tasks, and the failed ones.

    What was cancelled is no task here.
    """

    age: float
    tasks: int
    failed: int


def rules_of(config: AlertsConfig) -> tuple[AlertRuleConfig, ...]:
    """The rules in force: the own ones, and the built-in ones whose names they leave free."""
    own = {rule.name for rule in config.rules}
    built_in = DEFAULT_RULES if config.default_rules else ()
    return (*config.rules, *(rule for rule in built_in if rule.name not in own))


def holds(rule: AlertRuleConfig, reading: Reading) -> bool | None:
    """Whether a rule holds; None: too little was seen to say, and what was said stays.

    >>> rule = AlertRuleConfig(name="r", metric="error_rate", threshold=0.2, min_events=10)
    >>> [holds(rule, Reading("a", 0.5, events)) for events in (0, 5, 10)]
    [False, None, True]
    """
    if reading.value is None:
        return False
    if METRICS[rule.metric].needs_events and reading.events < rule.min_events:
        return None if reading.events else False
    return _COMPARE[rule.operator](reading.value, rule.threshold)


class Rulebook:
    """All rules of a runtime, and what they look at."""

    def __init__(self, config: AlertsConfig) -> None:
        self._tasks = RunningSums(LONGEST_WINDOW)
        self._recalled = Pair(0, 0)
        self._before: Pair | None = None
        self._readings = Readings()
        self.adopt(config)

    def adopt(self, config: AlertsConfig) -> None:
        """Go on by other settings; what was seen stays."""
        self._config = config
        self._rules = rules_of(config)
        self._readings.adopt(self._rules)

    def look(
        self, figures: FleetFigures, own: Mapping[str, float | None] | None = None
    ) -> Iterator[Verdict | None]:
        """Each alert of which something is known; before that None for each number that is read.

        `own` has the numbers of functions, by the names of their rules; without a number that a
        function could not give, what was said stays.
        """
        yield from self._readings.observe(figures, own)
        self._tasks.record(figures.now, *self._counted(figures))
        for rule in self._rules:
            yield from self._of_rule(rule)
        for burn_rule in BURN_RULES:
            yield self._of_budget(burn_rule)

    def recall(self, now: float, minutes: Iterable[Minute]) -> None:
        """Go on with the tasks of former processes, the oldest first; before the first look."""
        total = failed = 0
        for one in minutes:
            self._tasks.record(now - one.age, total, failed)
            total, failed = total + one.tasks, failed + one.failed
            self._tasks.record(now - max(one.age - 60.0, 0.0), total, failed)
        self._recalled = Pair(total, failed)

    def _counted(self, figures: FleetFigures) -> Pair:
        """The tasks of this process since the first look, after those of former ones."""
        here = budget_spent(figures)
        if self._before is None:
            self._before = here
        past, before = self._recalled, self._before
        return Pair(past.total + here.total - before.total, past.part + here.part - before.part)

    def fingerprints(self) -> frozenset[tuple[AlertCondition, str]]:
        """The conditions and rules that may raise alerts now."""
        rules = {(AlertCondition.RULE, rule.name) for rule in self._rules}
        burns = {(AlertCondition.BURN_RATE, rule.name) for rule in BURN_RULES}
        return frozenset(rules | burns)

    def _of_rule(self, rule: AlertRuleConfig) -> Iterator[Verdict]:
        for reading in self._readings.read(rule):
            verdict = holds(rule, reading)
            if verdict:
                fact = fact_of(rule, reading)
                yield fact.fingerprint, fact
            elif verdict is not None:
                yield fingerprint(AlertCondition.RULE, reading.model_id, rule.name), None

    def _of_budget(self, rule: BurnRule) -> Verdict:
        condition, target = AlertCondition.BURN_RATE, self._config.slo_target
        burn = None if target is None else burning(rule, self._tasks.within, target)
        if burn is None or target is None:
            return fingerprint(condition, None, rule.name), None
        text, numbers = of_burn(burn, target)
        keep = self._config.keep
        fact = AlertFact(
            condition, rule.severity, None, rule.name, text=text, numbers=numbers, keep=keep
        )
        return fact.fingerprint, fact


def fact_of(rule: AlertRuleConfig, reading: Reading) -> AlertFact:
    """What is told of a rule that holds."""
    value = reading.value or 0.0
    return AlertFact(
        AlertCondition.RULE,
        rule.severity,
        reading.model_id,
        rule.name,
        text=of_rule(rule, reading.model_id, value, reading.events),
        numbers={"value": value, "threshold": rule.threshold, "events": float(reading.events)},
        own_labels=dict(rule.labels),
        channels=tuple(dict.fromkeys(rule.channels)) or None,
        runbook=rule.runbook,
        holds_for=rule.holds_for,
        keep=rule.keep,
    )
