"""Limits that adapt, throttling and shedding: some of the runs have them, and what holds there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from math import inf
from operator import gt
from typing import TYPE_CHECKING, Any, NamedTuple

from hive_resilience import ModelConfig, Outcome, Priority
from hive_resilience.actors.load_messages import LowerLimits, ShedFrom
from hive_resilience.actors.messages import Acquire, JoinLine, Placed, Refused, Settle
from hive_resilience.actors.model.state import ModelState
from hive_resilience.actors.policies.outcomes.classify import status_of
from hive_resilience.actors.policies.outcomes.fault import Fault
from hive_resilience.config import (
    AdaptiveLimitConfig,
    GlobalConfig,
    LimitRule,
    ThrottleConfig,
)
from hive_resilience.errors import LoadShedError, ModelTimeoutError, ThrottledError

from .chance import Chance
from .promises import same_models

if TYPE_CHECKING:
    from .world import World

FROM = {"low": 0.3, "normal": 0.8, "high": 0.95, "critical": inf}
"""The overload from which each priority is shed, written down once more."""
RATIO = 0.9


def with_load(config: ModelConfig, chance: Chance) -> ModelConfig:
    """The settings of a model, in some of the runs with a limit that adapts and the like."""
    rule = chance.choice([LimitRule.FIXED, LimitRule.AIMD, LimitRule.GRADIENT])
    throttle = ThrottleConfig(enabled=chance.happens(0.5), window=chance.about(1.0, 120.0))
    update = {
        "adaptive_limit": AdaptiveLimitConfig(rule=rule, start=chance.choice([None, 1, 3])),
        "throttle": throttle,
        "shed": chance.choice([None, True, False]),
    }
    return config.model_copy(update=update)


def with_shedding(settings: GlobalConfig, chance: Chance) -> GlobalConfig:
    """The settings for all models, in some of these runs with shedding."""
    return settings.model_copy(update={"shed": chance.happens(0.5)})


async def relief(world: World, chance: Chance) -> None:
    """The fleet takes load off its models, and gives it back."""
    while world.load.on:
        await asyncio.sleep(chance.about(1.0, 40.0))
        if chance.happens(0.5):
            x = chance.choice([None, None, 0.0, 0.3, 0.5, 0.8, 0.95, 1.0])
            world.fleet.router.send(ShedFrom(x))
        else:
            share = chance.choice([None, None, 0.01, 0.25, 0.5, 1.0])
            world.fleet.router.send(LowerLimits(share))


class _Seen(NamedTuple):
    """A model as its last message has left it."""

    starts: int
    limit: int
    in_flight: int
    moved_at: float
    """When AIMD has moved its limit."""


class Load:
    """Hears what models and the router answer. `on`: whether the run has any of it."""

    def __init__(self, seed: int) -> None:
        self.chance = Chance(seed, "load")
        self.on = self.chance.happens(0.4)
        self.violations: list[str] = []
        self._seen: dict[str, _Seen] = {}

    def model(self, config: ModelConfig) -> ModelConfig:
        return with_load(config, self.chance) if self.on else config

    def settings(self, settings: GlobalConfig) -> GlobalConfig:
        return with_shedding(settings, self.chance) if self.on else settings

    def calm(self, fleet: Any) -> None:
        """The fleet gives all load back."""
        if self.on:
            fleet.router.send(ShedFrom(None))
            fleet.router.send(LowerLimits(None))

    def model_answered(
        self, name: str, state: ModelState, message: Any, answer: Any, now: float
    ) -> None:
        """After each message that a model has handled."""
        if isinstance(message, Settle):
            self.violations += _moved(name, state, message, self._seen.get(name), now)
        if isinstance(message, Acquire):
            self.violations += _let_in(name, state, message, answer)
        self.violations += _bounds(name, state)
        limit, bulkhead = state.load.limit, state.bulkhead
        moved_at = -inf if limit is None else limit._moved_at
        self._seen[name] = _Seen(state.starts, bulkhead.limit, bulkhead.in_flight, moved_at)

    def router_answered(self, fleet: Any, message: Any, answer: Any, now: float) -> None:
        """After each message that the router has handled."""
        if isinstance(message, JoinLine):
            self.violations += _joined(fleet, message, answer, now)

    def sample(self, fleet: Any) -> None:
        """What holds between two messages."""
        told = fleet.router_state.relief
        for model_id, member in fleet.members.items():
            load = member.state.load
            self.violations += _accepted(model_id, member.state)
            up = member.ref.is_running() and not member.ref.is_suspended()
            known = model_id in fleet.router_state.candidates and fleet.router.is_running()
            same = (load.shed_from, load.share) == (told.shed_from, told.limit_share)
            if up and known and not fleet.router.is_suspended() and not same:
                self.violations.append(f"{model_id} does not know what the fleet asks of it")


def _ceiling(state: ModelState) -> int:
    share = 1.0 if state.load.share is None else state.load.share
    return max(1, int(state.config.bulkhead.max_concurrent * share))


def _bounds(name: str, state: ModelState) -> Iterator[str]:
    limit, ceiling = state.bulkhead.limit, _ceiling(state)
    if not 1 <= limit <= ceiling:
        yield f"the limit of {name} is {limit}, and should be within 1 and {ceiling}"
    elif state.config.adaptive_limit.rule is LimitRule.FIXED and limit != ceiling:
        yield f"the limit of {name} is {limit}, and should be {ceiling}"


def _moved(
    name: str, state: ModelState, settle: Settle, seen: _Seen | None, now: float
) -> Iterator[str]:
    """A limit by AIMD has moved as the formula says."""
    if seen is None or seen.starts != state.starts:
        return
    if state.config.adaptive_limit.rule is not LimitRule.AIMD:
        return
    limit = seen.limit
    if settle.outcome is Outcome.SUCCESS:
        stream = settle.feedback and settle.feedback.stream
        began = now - (settle.duration if stream is None else stream.duration)
        rises = began >= seen.moved_at and 2 * seen.in_flight >= limit
        expected = limit + 1 if rises else limit
    elif _lowers(settle):
        expected = max(1, min(limit - 1, int(RATIO * limit)))
    else:
        expected = limit
    expected = min(expected, _ceiling(state))
    if state.bulkhead.limit != expected:
        told = f"with {seen.in_flight} in flight, and should be {expected}"
        yield f"the limit of {name} went from {limit} to {state.bulkhead.limit} {told}"


def _lowers(settle: Settle) -> bool:
    if settle.fault is Fault.RATE_LIMITED:
        return not settle.wait
    if settle.fault is Fault.TIMEOUT:
        own = isinstance(settle.error, ModelTimeoutError) and settle.error.kind == "task"
        return not own
    if settle.fault is not Fault.TRANSIENT or settle.error is None:
        return False
    return status_of(settle.error) in {503, 529}


def _let_in(name: str, state: ModelState, acquire: Acquire, answer: Any) -> Iterator[str]:
    """At the door of a model only what its fleet sheds is shed, and all of that."""
    floor, priority = state.load.shed_from, str(Priority(acquire.task.priority))
    error = answer.error if isinstance(answer, Refused) else None
    shed = isinstance(error, LoadShedError)
    due = floor is not None and floor >= FROM[priority]
    if shed is not due:
        what = "sheds" if shed else "does not shed"
        yield f"{name} {what} a task of {priority} priority where the fleet sheds from {floor}"
    if isinstance(error, ThrottledError) and state.load.throttle is None:
        yield f"{name} has throttled a call, and throttling is off"


def _joined(fleet: Any, join: JoinLine, answer: Any, now: float) -> Iterator[str]:
    """A line sheds by its length where that is on, in the order of priorities, and else nobody."""
    state, task = fleet.router_state, join.acquire.task
    ids = state.candidates if join.ids is None else join.ids
    usable = [i for i in ids if i not in join.left_out and state.routing.is_usable(i)]
    shed = isinstance(answer, Placed) and isinstance(answer.error, LoadShedError)
    floor, usual = state.relief.shed_from, state.settings.shed
    owns = [state.configs[i].shed for i in usable]
    is_on = floor is not None or all(usual if own is None else own for own in owns)
    if not is_on or join.patient:
        if shed:
            yield f"{task.id} was shed at {now:.3f}, and shedding is off there"
        return
    x = max(_overload(state, join, usable, now), floor or 0.0)
    priority = str(Priority(task.priority))
    if shed and x < FROM[priority]:
        yield f"{task.id} of {priority} priority was shed at {now:.3f} at an overload of {x:.3f}"
    stands = any(place.join.acquire.task.id == task.id for place in state.places.values())
    if not shed and stands and x >= FROM[priority]:
        yield f"{task.id} of {priority} priority waits at {now:.3f} at an overload of {x:.3f}"


def _overload(state: Any, join: JoinLine, usable: list[str], now: float) -> float:
    others = [
        one.join
        for one in state.places.values()
        if one.join.acquire.task.id != join.acquire.task.id and same_models(one.join, join)
    ]
    room = float(sum(state.configs[i].bulkhead.max_queue for i in usable))
    if join.rate is not None:
        left = join.acquire.deadline - now
        room = min(room, join.rate * (left - join.span if left > join.span else left))
    if not others:
        return 0.0
    return 1.0 if room <= len(others) else len(others) / room


def _accepted(name: str, state: ModelState) -> Iterator[str]:
    """Calls under way count as accepted until their model refuses them."""
    throttle = state.load.throttle
    if throttle is None:
        return
    out = [p.start for p in state.permits if p.start and p.start.bucket in throttle._buckets]
    if sum(throttle._accepted) < len(out):
        yield f"{name} has {len(out)} calls under way that throttling does not count as accepted"
    if min(throttle._accepted) < 0 or any(map(gt, throttle._accepted, throttle._requests)):
        yield f"{name} has accepted {throttle._accepted} of {throttle._requests} calls"
