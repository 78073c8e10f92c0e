"""What a degraded fleet does to its tasks: a cheaper plan, answers of earlier, marks on results.

It stands round tasks only while there is something to do: while the level is above `none`, where
the settings name plans (of which tasks try a share in good times), or where answers are kept.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Hashable, Iterator
from functools import partial
from typing import Any

import orjson

from ...actors.execution.environment import TaskEnvironment
from ...actors.execution.execute import hooked
from ...actors.executor import Executor
from ...actors.policies.chance import Draw
from ...actors.policies.degradation.actions import NOTHING, LevelActions
from ...actors.policies.degradation.levels import Degradation, DegradationLevel
from ...actors.policies.degradation.stale_cache import StaleCache
from ...actors.policies.metrics.sketch import LatencySketch
from ...actors.policies.outcomes.errors import (
    ContentRefusedError,
    InvalidRequestError,
    RuntimeClosedError,
)
from ...actors.result import TaskResult
from ...actors.router.state import RouterState
from ...actors.task import Plan, Task
from ...config.settings.adaptation.degradation import DegradationConfig
from ...config.settings.strategy import Strategy
from ...config.values.log_fields import log_event
from .members import Members

log = logging.getLogger(__name__)

KeyOf = Callable[[Task], Hashable | None]
"""Gives the key of a task whose answers may be kept; None: they may not."""
_NOT_HELPED = (ContentRefusedError, InvalidRequestError, RuntimeClosedError)
"""Failures that an answer of earlier does not make good."""
EXERCISE = "a share of the tasks tries this plan in good times"


class Degrading:
    """Round every task of one fleet. `find` gives the plan of a name, `ids` all models."""

    @classmethod
    def of(cls, members: Members, router: RouterState, environment: TaskEnvironment) -> Degrading:
        """Make it for a fleet whose router tells it every level."""

        def find(name: str) -> Plan:
            plans = members.plans
            return plans.resolve(name if name in plans.groups else Plan(name))

        config = router.settings.degradation
        made = cls(environment, config, find, lambda: tuple(members), router.draw)
        router.level.apply, router.level.sketches = made.apply, partial(_sketches, members)
        return made

    def __init__(
        self,
        environment: TaskEnvironment,
        config: DegradationConfig,
        find: Callable[[str], Plan],
        ids: Callable[[], tuple[str, ...]],
        draw: Draw,
    ) -> None:
        self._environment = environment
        self._config = config
        self._find, self._ids, self._draw = find, ids, draw
        self._mark: Degradation | None = None
        self._key_of: KeyOf | None = None
        self.actions = NOTHING
        self.exercised = 0
        """Tasks that have tried a plan in good times."""
        self.cache = StaleCache(config.cache)
        self._stand()

    def apply(self, mark: Degradation | None, actions: LevelActions) -> None:
        """This is the level from now on, and what is done at it."""
        self._mark, self.actions = mark, actions
        self._stand()

    def adopt(self, config: DegradationConfig) -> None:
        """Go on by other settings."""
        self._config = config
        self.cache.adopt(config.cache)
        self._stand()

    def cache_by(self, key_of: KeyOf | None) -> None:
        """Keep answers by the key that this function gives; None: keep none any more."""
        self._key_of = key_of
        if key_of is None:
            self.cache = StaleCache(self._config.cache)
        self._stand()

    def _stand(self) -> None:
        """Stand round tasks, or let them go without."""
        exercises = bool(self._config.plans) and self._config.exercise > 0
        needed = self._mark is not None or exercises or self._key_of is not None
        self._environment.degrading = self if needed else None

    # Tasks.

    def run(
        self, task: Task, plan: Plan | None, strategy: Strategy | None, executor: Executor | None
    ) -> Coroutine[Any, Any, TaskResult]:
        """Take a task its way."""
        mark = self._mark
        if executor is None:
            plan, mark = self.plan_of(plan)
        # Not begun before the work round it: that may be cancelled before its first step.
        work = partial(hooked, task, plan, strategy, self._environment, executor)
        key_of = None if executor is not None else self._key_of
        if mark is None and key_of is None:
            return work()
        return self._marked(task, mark, key_of, work)

    def plan_of(self, plan: Plan | None) -> tuple[Plan | None, Degradation | None]:
        """The plan of a task that brings this one, and the mark on its result."""
        mark = self._mark
        if mark is None:
            return self._exercise() if plan is None else (plan, None)
        name = self.actions.plan
        if name is None:
            return plan, mark
        if plan is None and (found := self._plan(name)) is not None:
            return found, mark
        return plan, mark._replace(actions=tuple(one for one in mark.actions if one != "plan"))

    def _exercise(self) -> tuple[Plan | None, Degradation | None]:
        """In good times a few tasks try a plan of bad times, with all other models behind it."""
        plans, share = self._config.plans, self._config.exercise
        if not plans or self._environment.at_most_once or (drawn := self._draw()) >= share:
            return None, None
        found = self._plan(plans[int(drawn / share * len(plans))])
        if found is None:
            return None, None
        self.exercised += 1
        others = tuple(i for i in self._ids() if i not in found.model_ids)
        whole = Plan(found.primary, (*found.fallbacks, *others), strategy=Strategy.SEQUENTIAL)
        return whole, Degradation(DegradationLevel.NONE, EXERCISE, ("plan",))

    def _plan(self, name: str) -> Plan | None:
        """The plan of this name; None: a reload has just taken it away."""
        try:
            return self._find(name)
        except InvalidRequestError:
            return None

    async def _marked(
        self,
        task: Task,
        mark: Degradation | None,
        key_of: KeyOf | None,
        work: Callable[[], Coroutine[Any, Any, TaskResult]],
    ) -> TaskResult:
        result = await work()
        if mark is not None:
            result = result._replace(degradation=mark)
        return result if key_of is None else self._with_cache(task, key_of, result)

    # The answers of earlier.

    def _with_cache(self, task: Task, key_of: KeyOf, result: TaskResult) -> TaskResult:
        """Keep an answer; or where all has failed, give that of earlier."""
        if not result.success and isinstance(result.error, _NOT_HELPED):
            return result
        key, now = _key(key_of, task), self._environment.engine.now()
        if key is None:
            return result
        if result.success:
            size = size_of(result.value)
            if size is not None:
                self.cache.keep(key, result.value, size, now=now)
            return result
        found = self.cache.find(key, now=now)
        return result if found is None else _stale(result, *found)


def _stale(result: TaskResult, value: object, age: float) -> TaskResult:
    mark = result.degradation or Degradation(DegradationLevel.NONE, "")
    told = f"no model has answered: this is an answer of {age:.0f} s ago"
    reason = f"{mark.reason}; {told}" if mark.reason else told
    mark = Degradation(mark.level, reason, (*mark.actions, "cache"))
    return result._replace(success=True, value=value, error=None, degradation=mark)


def _key(key_of: KeyOf, task: Task) -> Hashable | None:
    """The key of a task; None where the application's function gives none, or fails."""
    try:
        key = key_of(task)
        hash(key)
    except Exception:
        told = log_event("cache.key_failed")
        log.exception("the key of a task cannot be made; its answer is not kept", extra=told)
        return None
    return key


def _sketches(members: Members) -> Iterator[tuple[str, LatencySketch]]:
    """How long each model has taken so far: for whole answers, and until the first content."""
    for model_id, member in members.items():
        metrics = member.state.metrics
        if metrics.direct_answers is not None:
            yield model_id, metrics.direct_durations()
        if metrics.first_contents is not None:
            yield f"{model_id} streams", metrics.first_content_times()


def size_of(value: object) -> int | None:
    """Bytes of an answer, about; None for one that is neither text nor as JSON is."""
    if isinstance(value, str | bytes):
        return len(value)
    try:
        return len(orjson.dumps(value))
    except TypeError:
        return None
