"""What the router owns. It outlives the actor: a crash forgets no model and no task under way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...config.settings.model import ModelConfig
from ...config.settings.runtime import GlobalConfig, Strategy
from ...config.settings.strategy import HedgeWord
from ..engine.future import LoopFuture
from ..fleet_messages import AddModel, ModelChanged
from ..messages import Candidate
from ..policies.chance import Draw
from ..policies.families import FamilyTable, Fit, Speaker
from ..policies.health.alerts import Alerts
from ..policies.hedging import kinds_hedged
from ..policies.learned_weights import LearnedWeights
from ..policies.limits.bulkhead import Bulkhead
from ..policies.limits.place_line import PlaceLine
from ..policies.limits.priority_queue import QueueEntry
from ..policies.metrics.recent_latency import RecentLatency
from ..policies.retry_budget import RetryBudget
from ..policies.routing import Routing
from ..policies.task_kinds import Kind
from ..policies.unavailability import Unavailable, UnavailableReason
from ..snapshots import RouterSnapshot
from ..task import Plan
from .parts.balance import Balance
from .parts.books import TaskBooks
from .parts.level_state import LevelState
from .parts.quotas import Quotas
from .parts.relief import Relief
from .waiting import Place, ReadyRoute, Turn, turns_of


@dataclass(slots=True)
class RouterState:
    """What the router owns; it outlives a crash of the router."""

    settings: GlobalConfig
    draw: Draw
    routing: Routing = field(default_factory=Routing)
    learned: LearnedWeights = field(default_factory=LearnedWeights)
    budget: RetryBudget = field(init=False)
    candidates: dict[str, Candidate] = field(default_factory=dict[str, Candidate])
    ready: dict[Strategy, ReadyRoute] = field(default_factory=dict[Strategy, ReadyRoute])
    """Routes that are the same for all tasks without a plan, until a model changes."""
    unavailable: dict[str, Unavailable] = field(default_factory=dict[str, Unavailable])
    """Why a model cannot serve; a model that can is not in it."""
    doubtful: dict[str, None] = field(default_factory=dict[str, None])
    """Of these, the models that only fail their probes."""
    hedged: dict[str, HedgeWord | float] = field(default_factory=dict[str, HedgeWord | float])
    """The models that have a `hedge_after` of their own."""
    hedges: tuple[bool, bool] = (False, False)
    """Whether a task without a plan may be hedged: for a whole answer, for a stream."""
    weighted: bool = False
    """Whether the configuration gives weights; otherwise they are learnt."""
    turns: Bulkhead[Turn] = field(init=False)
    """Tasks under way, and those that wait for their turn."""
    waiting: dict[object, Turn] = field(default_factory=dict[object, Turn])
    """The tasks in the line, each by its answer."""
    quotas: Quotas = field(default_factory=Quotas)
    balance: Balance = field(default_factory=Balance)
    latency: RecentLatency = field(default_factory=RecentLatency)
    first_chunk: RecentLatency = field(default_factory=RecentLatency)
    """As `latency`, of streams: the time to their first content."""
    hedges_by_p95: bool = False
    """Whether a plan has asked for hedges by the latency; from then on it is kept."""
    alerts: Alerts = field(init=False)
    alert_timer: asyncio.TimerHandle | None = None
    excused: set[str] = field(default_factory=set[str])
    """Models that are not expected to serve: starting, or disabled in the configuration."""
    line: PlaceLine[Place] = field(default_factory=PlaceLine[Place])
    """Tasks that wait for a place at a model."""
    places: dict[LoopFuture[Any], Place] = field(default_factory=dict[LoopFuture[Any], Place])
    configs: dict[str, ModelConfig] = field(default_factory=dict[str, ModelConfig])
    relief: Relief = field(default_factory=Relief)
    quiet_until: dict[tuple[str, bool], float] = field(
        default_factory=dict[tuple[str, bool], float]
    )
    families: FamilyTable = field(default_factory=FamilyTable)
    """What the models speak."""
    fits: dict[Kind, Fit] = field(default_factory=dict[Kind, Fit])
    """Which models may take tasks without a plan, until the fleet changes."""
    line_refused: int = 0
    answered: int = 0
    level: LevelState = field(init=False)
    books: TaskBooks = field(default_factory=TaskBooks)
    strategies: dict[str, int] = field(default_factory=dict[str, int])

    def __post_init__(self) -> None:
        settings = self.settings
        self.turns = Bulkhead(turns_of(settings))
        self.budget = RetryBudget.shared(settings.retry_budget)
        self.alerts = Alerts(settings.alerts.cooldown)
        self.level = LevelState(settings)

    @property
    def dispatched(self) -> int:
        """Tasks that were sent somewhere, since the start."""
        return sum(self.strategies.values())

    def adopt(self, settings: GlobalConfig, now: float) -> list[QueueEntry[Turn]]:
        """Go on with other settings; whose turn it is by them."""
        self.settings = settings
        self.alerts.cooldown = settings.alerts.cooldown
        self._see_hedges()
        self.budget.share(settings.retry_budget)
        return self.turns.resize(turns_of(settings), now)

    def join(self, message: AddModel) -> None:
        """One more model; usable once its actor says so."""
        config = message.config
        self.candidates[config.id] = Candidate(config.id, message.ref)
        self.balance.join(message)
        self._note(config)
        self.families.add(config.id, _speaker(config))
        self._forget_routes()
        self.routing.add(config.id, weight=config.weight, usable=False)
        self.unavailable[config.id] = Unavailable(UnavailableReason.STARTING)
        self.excused.add(config.id)
        self.weighted = self.weighted or config.weight != 1.0
        self.quotas.join(config.id, config.rate_limit.shared_quota)
        self._see_hedges()

    def leave(self, model_id: str) -> bool:
        """One model less; False where there was none of this id."""
        if self.candidates.pop(model_id, None) is None:
            return False
        self._forget_routes()
        self.families.remove(model_id)
        del self.configs[model_id]
        self.hedged.pop(model_id, None)
        self.routing.remove(model_id)
        self.learned.forget(model_id)
        self.balance.leave(model_id)
        self._set_unavailable(model_id, None)
        self.books.forget(model_id)
        self.quotas.join(model_id, None)
        self._see_hedges()
        self._rescue()
        self.balance.alone(self.routing.usable_count)
        return True

    def change(self, message: ModelChanged, now: float) -> None:
        """A model of the fleet can serve, or cannot."""
        model_id = message.model_id
        self.forget_ready()
        self._set_unavailable(model_id, message.unavailable)
        self.routing.set_usable(model_id, message.unavailable is None)
        self._rescue()
        self.balance.changed(message, self.routing.usable_count, self.settings.ramp_up, now)

    def _set_unavailable(self, model_id: str, unavailable: Unavailable | None) -> None:
        if unavailable is None:
            self.unavailable.pop(model_id, None)
        else:
            self.unavailable[model_id] = unavailable
        if unavailable is not None and unavailable.reason is UnavailableReason.UNHEALTHY:
            self.doubtful[model_id] = None
        else:
            self.doubtful.pop(model_id, None)

    def _rescue(self) -> None:
        """Failed probes never take out the last usable model: better a doubtful one than none."""
        if not self.doubtful:
            return
        sure = self.routing.usable_count - sum(map(self.routing.is_usable, self.doubtful))
        for model_id in self.doubtful:
            self.routing.set_usable(model_id, sure == 0)

    def refit(self, models: Iterable[ModelConfig], order: Iterable[str] | None) -> None:
        """Models have other weights and quotas, perhaps, and another order; None: the same."""
        self._forget_routes()
        for config in models:
            if config.id in self.candidates:
                self._note(config)
                self.families.add(config.id, _speaker(config))
                self.routing.set_weight(config.id, config.weight)
                self.quotas.join(config.id, config.rate_limit.shared_quota)
        self.weighted = self.routing.is_weighted
        self._see_hedges()
        if order is not None:
            self._reorder(order)

    def _reorder(self, model_ids: Iterable[str]) -> None:
        """Put the models in this order, those that it does not name behind it."""
        found = self.candidates
        named = (model_id for model_id in model_ids if model_id in found)
        self.candidates = {model_id: found[model_id] for model_id in (*named, *found)}
        self.routing.reorder(self.candidates)

    def _note(self, config: ModelConfig) -> None:
        self.configs[config.id] = config
        self.balance.note(config)
        self.hedged.pop(config.id, None)
        if config.hedge_after is not None:
            self.hedged[config.id] = config.hedge_after

    def _see_hedges(self) -> None:
        several = len(self.candidates) > 1
        settings: set[HedgeWord | float] = {self.settings.hedge_after, *self.hedged.values()}
        self.hedges = kinds_hedged(settings if several else set())

    def may_hedge(self, plan: Plan | None) -> tuple[bool, bool]:
        """Whether any model may be asked beside a silent one: for a whole answer, for a stream."""
        if plan is None:
            return self.hedges
        if not plan.fallbacks:
            return False, False
        return self.hedges if plan.hedge_after is None else kinds_hedged({plan.hedge_after})

    def fit(self, kind: Kind, plan: Plan | None) -> Fit:
        """Which models may take a task of this kind: of its plan, or of the whole fleet."""
        if plan is not None:
            return self.families.fit(kind, plan.model_ids, planned=True)
        if kind.named is not None:
            return self.families.fit(kind, self.candidates, planned=False)
        found = self.fits.get(kind)
        if found is None:
            found = self.fits[kind] = self.families.fit(kind, self.candidates, planned=False)
        return found

    def regroup(self, groups: Mapping[str, tuple[str, ...]]) -> None:
        """The fleet has these groups from now on."""
        self.families.regroup(groups)
        self._forget_routes()

    def _forget_routes(self) -> None:
        self.forget_ready()
        self.balance.reordered()
        self.fits.clear()

    def forget_ready(self) -> None:
        """The next task is dispatched as the first one was."""
        self._note_passed()
        self.ready.clear()

    def _note_passed(self) -> None:
        for ready in self.ready.values():
            self.books.passed(ready.passes_over, ready.used)
            ready.used = 0

    def passed_over(self, model_id: str) -> Mapping[str, int]:
        """How many tasks were dispatched past this model as it could not serve, by reason."""
        self._note_passed()
        return self.books.passed_over.get(model_id, {})

    @property
    def refused(self) -> int:
        """Tasks that got no turn."""
        turns = self.turns
        return turns.refused + turns.shed + turns.expired + self.books.late

    def tasks(self) -> dict[str, int]:
        """How many tasks have ended in which way."""
        return {
            "success": self.answered,
            "failure": self.books.failed,
            "refused": self.refused,
            "cancelled": self.books.cancelled,
        }

    @property
    def in_flight(self) -> int:
        """Tasks under way."""
        return self.turns.in_flight

    def snapshot(self, now: float) -> RouterSnapshot:
        """A frozen record of it all."""
        pairs = self.books.fallbacks
        return RouterSnapshot(
            models=len(self.candidates),
            usable=self.routing.usable_count,
            closed={i: str(unavailable.reason) for i, unavailable in self.unavailable.items()},
            in_flight=self.in_flight,
            dispatched=self.dispatched,
            answered=self.answered,
            refused=self.turns.refused + self.turns.shed + self.turns.expired + self.line_refused,
            waiting=self.line.length,
            strategies={str(name): count for name, count in self.strategies.items()},
            budget=self.budget.snapshot(),
            tasks=self.tasks(),
            shed_from=self.relief.shed_from,
            limit_share=self.relief.limit_share,
            fallbacks={
                meant: {to: count for (one, to), count in pairs.items() if one == meant}
                for meant, _ in pairs
            },
            ramping=self.balance.ramps.under_way(now),
        )


def _speaker(config: ModelConfig) -> Speaker:
    return Speaker(config.spoken, config.embedding_space, config.model)
