"""The router: it knows which models can serve, and says for each task whom to try."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ..config.bulkhead import BulkheadConfig
from ..config.runtime import GlobalConfig, Strategy
from .actor import LoopActor
from .future import Later
from .messages import (
    AddModel,
    Attempted,
    Candidate,
    ChildDown,
    Choice,
    Dispatch,
    Finished,
    LastResort,
    ModelChanged,
    Next,
    Park,
    QuotaParked,
    ReadRouter,
    RemoveModel,
    Route,
    SpendRetry,
    StopWaiting,
)
from .policies.attempt import AttemptRecord, Outcome
from .policies.barrier import Barrier, Closed
from .policies.budget import RetryBudget
from .policies.bulkhead import Bulkhead
from .policies.errors import InvalidRequestError, OverloadedError
from .policies.learning import LearnedWeights
from .policies.recent_latency import RecentLatency
from .policies.routing import Routing
from .policies.waiting import Ticket
from .snapshots import RouterSnapshot
from .task import RANK, Plan, Task

_NOBODY: tuple[AttemptRecord, ...] = ()
_UNKNOWN = Barrier(Closed.UNKNOWN)
_MAY_BE_FORCED = frozenset({Closed.CIRCUIT_OPEN, Closed.PARKED})
_ENOUGH = 20
"""Successes before their p95 says anything."""


class Turn:
    """A task that waits for its turn, and where its route goes."""

    __slots__ = ("answer", "dispatch", "ticket")

    def __init__(self, dispatch: Dispatch) -> None:
        self.dispatch = dispatch
        self.answer: Later[Route] = Later()
        self.ticket: Ticket[Turn] | None = None


@dataclass(slots=True)
class RouterState:
    """What the router owns; it outlives a crash of the router."""

    settings: GlobalConfig
    draw: Callable[[], float]
    routing: Routing = field(default_factory=Routing)
    learned: LearnedWeights = field(default_factory=LearnedWeights)
    budget: RetryBudget = field(default_factory=RetryBudget)
    candidates: dict[str, Candidate] = field(default_factory=dict)
    barriers: dict[str, Barrier] = field(default_factory=dict)
    """Why a model cannot serve; one that can is not in it."""
    weighted: bool = False
    """Whether the configuration gives weights; otherwise they are learnt."""
    turns: Bulkhead[Turn] = field(init=False)
    """Tasks under way, and those that wait for their turn."""
    waiting: dict[Later[Route], Turn] = field(default_factory=dict)
    quotas: dict[str, set[str]] = field(default_factory=dict)
    """The models of each shared quota."""
    latency: RecentLatency = field(default_factory=RecentLatency)
    dispatched: int = 0
    answered: int = 0
    strategies: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settings = self.settings
        limits = BulkheadConfig(
            max_concurrent=settings.max_concurrent_requests,
            max_queue=settings.max_queued_requests,
        )
        self.turns = Bulkhead(limits)

    @property
    def in_flight(self) -> int:
        """Tasks under way."""
        return self.turns.in_flight


class RouterActor(LoopActor):
    """Chooses among models; `run` executes a task that came as a plain message."""

    def __init__(self, state: RouterState, run: Callable[[Task, Later[Any]], None]) -> None:
        super().__init__()
        self._state = state
        self._run = run

    def receive(self, message: Any) -> Any:
        match message:
            case Dispatch():
                return self._dispatch(message)
            case Finished(answered):
                self._finished(answered)
            case SpendRetry():
                return self._state.budget.withdraw()
            case Next(plan, strategy, tried):
                return self._next(plan, strategy, tried)
            case Attempted(model_id, success, duration):
                self._learn(model_id, success, duration)
            case LastResort(plan, tried):
                return self._last_resort(plan, tried)
            case StopWaiting(waiter):
                self._stop_waiting(waiter)
            case QuotaParked():
                self._park(message)
            case ModelChanged():
                self._changed(message)
            case Task():
                return self._accept(message)
            case AddModel():
                self._add(message)
            case RemoveModel(model_id):
                self._remove(model_id)
            case ChildDown(name, barrier):
                self._changed(ModelChanged(name, barrier))
            case ReadRouter():
                return self._snapshot()
            case _:
                return super().receive(message)
        return None

    def on_receive(self, message: Any) -> Any:
        raise InvalidRequestError(f"the router takes a Task, not a {type(message).__name__}")

    def salvage(self, message: Any) -> None:
        """A task whose end crashed the router is not under way any more."""
        if isinstance(message, Finished):
            self._finished(False)

    # Tasks.

    def _accept(self, task: Task) -> Later[Any]:
        answer: Later[Any] = Later()
        self._run(task, answer)
        return answer

    def _dispatch(self, dispatch: Dispatch) -> Route | Later[Route]:
        state = self._state
        if state.turns.in_flight < state.turns.limit:
            route = self._route(dispatch)
            state.turns.try_enter()
            return route
        turn = Turn(dispatch)
        rank = RANK[dispatch.task.priority]  # type: ignore[index]  # a Task made it a Priority
        turn.ticket = state.turns.enqueue(turn, rank, self.engine.instant, dispatch.deadline)
        self._dismiss()
        if turn.ticket is None:
            raise self._overloaded()
        state.waiting[turn.answer] = turn
        return turn.answer

    def _route(self, dispatch: Dispatch) -> Route:
        state = self._state
        plan = dispatch.plan
        strategy = dispatch.strategy or _strategy_of(plan) or state.settings.default_strategy
        candidate, passed = self._choose(plan, strategy, ())
        state.dispatched += 1
        state.strategies[strategy] = state.strategies.get(strategy, 0) + 1
        if plan is not None:
            primary: str | None = plan.primary
        elif strategy is Strategy.SEQUENTIAL:
            primary = next(iter(state.candidates), None)
        else:
            primary = None if candidate is None else candidate.model_id
        if strategy is not Strategy.PARALLEL:
            return Route(strategy, primary, candidate, passed, 1)
        width = (plan.max_concurrent if plan is not None else None) or len(state.candidates)
        return Route(strategy, primary, candidate, passed, width, self._hedge_delay())

    def _hedge_delay(self) -> float:
        delay = self._state.settings.hedge_delay
        if delay != "p95":
            return delay or 0.0
        recent = self._state.latency.recent(self.engine.instant)
        return recent.quantile(0.95) or 0.0 if recent.count >= _ENOUGH else 0.0

    def _overloaded(self) -> OverloadedError:
        turns = self._state.turns
        return OverloadedError(
            f"{turns.limit} tasks are under way and {turns.waiting} wait, which is the limit "
            "(max_concurrent_requests, max_queued_requests); nothing was started"
        )

    def _dismiss(self) -> None:
        """Answer those who will not get their turn: shed or expired."""
        for ticket in self._state.turns.drain_dropped():
            turn = ticket.owner
            self._state.waiting.pop(turn.answer, None)
            turn.answer.fail(self._overloaded())

    def _stop_waiting(self, answer: Any) -> None:
        """The task is gone: out of the line, or give the turn back that it never saw."""
        turn = self._state.waiting.pop(answer, None)
        if turn is not None and turn.ticket is not None:
            self._state.turns.withdraw(turn.ticket)
        elif answer.settled and not answer.failed:
            self._finished(False)

    def _next(self, plan: Plan | None, strategy: Strategy, tried: tuple[str, ...]) -> Choice:
        candidate, passed = self._choose(plan, strategy, tried)
        return Choice(candidate, passed)

    def _finished(self, answered: bool) -> None:
        state = self._state
        if answered:
            state.answered += 1
            state.budget.deposit()
        if not state.turns.waiting:
            state.turns.leave(self.engine.instant)
            return
        ticket = state.turns.leave(self.engine.instant)
        if ticket is not None:
            turn = ticket.owner
            state.waiting.pop(turn.answer, None)
            turn.answer.set(self._route(turn.dispatch))
        self._dismiss()

    def _learn(self, model_id: str, success: bool, duration: float) -> None:
        state = self._state
        if model_id in state.candidates:
            state.learned.record(model_id, success, duration)
        if success and state.settings.hedge_delay == "p95":
            state.latency.add(self.engine.instant, duration)

    def _last_resort(self, plan: Plan | None, tried: tuple[str, ...]) -> Candidate | None:
        """The model whose wait ends first, of those that an operator has not closed."""
        state = self._state
        ids = plan.model_ids if plan is not None else state.candidates
        waits = [
            (barrier.until, model_id)
            for model_id in ids
            if (barrier := state.barriers.get(model_id)) is not None
            and barrier.closed in _MAY_BE_FORCED
            and model_id not in tried
        ]
        return state.candidates[min(waits)[1]] if waits else None

    def _park(self, message: QuotaParked) -> None:
        for model_id in self._state.quotas.get(message.quota, ()):
            if model_id != message.model_id:
                self._state.candidates[model_id].ref.send(Park(message.seconds))

    # Choices.

    def _choose(
        self, plan: Plan | None, strategy: Strategy, tried: tuple[str, ...]
    ) -> tuple[Candidate | None, tuple[AttemptRecord, ...]]:
        state = self._state
        if plan is not None:
            model_id = self._choose_of_plan(plan, strategy, tried)
        elif strategy is Strategy.WEIGHTED and not state.weighted:
            some = state.routing.candidates(tried, state.draw, state.learned.leaders)
            model_id = state.learned.choose(some, self.engine.instant, state.draw)
        else:
            model_id = state.routing.choose(strategy, tried, state.draw)
        if model_id is None:
            ids = plan.model_ids if plan is not None else state.candidates
            return None, self._passed(i for i in ids if i not in tried)
        # Who stands behind a barrier was passed over; but once a task, at its first choice.
        passed = _NOBODY
        if not tried and (state.barriers or plan is not None):
            passed = self._passed_before(model_id, plan, strategy)
        return state.candidates[model_id], passed

    def _choose_of_plan(self, plan: Plan, strategy: Strategy, tried: tuple[str, ...]) -> str | None:
        state = self._state
        if strategy is not Strategy.WEIGHTED or plan.weights is not None or state.weighted:
            ids = plan.model_ids
            return state.routing.choose_among(ids, strategy, tried, state.draw, plan.weights)
        usable = [i for i in plan.model_ids if i not in tried and state.routing.is_usable(i)]
        return state.learned.choose(usable, self.engine.instant, state.draw)

    def _passed_before(
        self, model_id: str, plan: Plan | None, strategy: Strategy
    ) -> tuple[AttemptRecord, ...]:
        """In an order, those before the chosen one; by chance or by weight nobody is before."""
        if strategy not in (Strategy.SEQUENTIAL, Strategy.PARALLEL):
            return _NOBODY
        if plan is not None:
            ids = plan.model_ids
            return self._passed(ids[: ids.index(model_id)])
        barred = self._state.barriers
        return self._passed(_before(model_id, self._state.candidates, len(barred), barred))

    def _passed(self, model_ids: Iterable[str]) -> tuple[AttemptRecord, ...]:
        return tuple(self._passed_over(model_id) for model_id in model_ids)

    def _passed_over(self, model_id: str) -> AttemptRecord:
        known = model_id in self._state.candidates
        barrier = self._state.barriers.get(model_id) if known else _UNKNOWN
        barrier = barrier or Barrier(Closed.UNHEALTHY)
        error = barrier.error(model_id, self.engine.instant)
        return AttemptRecord(model_id, 0, Outcome.REJECTED, 0.0, 0.0, error)

    # The fleet.

    def _add(self, message: AddModel) -> None:
        state = self._state
        config = message.config
        state.candidates[config.id] = Candidate(config.id, message.ref)
        # Usable once its actor says so.
        state.routing.add(config.id, weight=config.weight, usable=False)
        state.barriers[config.id] = Barrier(Closed.STARTING)
        state.weighted = state.weighted or config.weight != 1.0
        if config.rate_limit.shared_quota is not None:
            state.quotas.setdefault(config.rate_limit.shared_quota, set()).add(config.id)

    def _remove(self, model_id: str) -> None:
        state = self._state
        if state.candidates.pop(model_id, None) is not None:
            state.routing.remove(model_id)
            state.learned.forget(model_id)
            state.barriers.pop(model_id, None)
            for models in state.quotas.values():
                models.discard(model_id)
            self._rescue()

    def _changed(self, message: ModelChanged) -> None:
        state = self._state
        if message.model_id not in state.candidates:
            return
        if message.barrier is None:
            state.barriers.pop(message.model_id, None)
        else:
            state.barriers[message.model_id] = message.barrier
        state.routing.set_usable(message.model_id, message.barrier is None)
        if message.recovered:
            state.learned.recovered(message.model_id, self.engine.instant)
        self._rescue()

    def _rescue(self) -> None:
        """Failed probes never take out the last usable model: better a doubtful one than none."""
        state = self._state
        if not any(barrier.closed is Closed.UNHEALTHY for barrier in state.barriers.values()):
            return
        doubtful = [i for i, b in state.barriers.items() if b.closed is Closed.UNHEALTHY]
        sure = state.routing.usable_count - sum(map(state.routing.is_usable, doubtful))
        for model_id in doubtful:
            state.routing.set_usable(model_id, sure == 0)

    def _snapshot(self) -> RouterSnapshot:
        state = self._state
        return RouterSnapshot(
            models=len(state.candidates),
            usable=state.routing.usable_count,
            closed={i: str(barrier.closed) for i, barrier in state.barriers.items()},
            in_flight=state.in_flight,
            dispatched=state.dispatched,
            answered=state.answered,
            refused=state.turns.refused + state.turns.shed + state.turns.expired,
            strategies={str(name): count for name, count in state.strategies.items()},
            budget=state.budget.snapshot(),
        )


def _strategy_of(plan: Plan | None) -> Strategy | None:
    return None if plan is None else plan.strategy  # type: ignore[return-value]  # a Plan made it one


def _before(model_id: str, ids: Iterable[str], most: int, barred: dict[str, Barrier]) -> list[str]:
    found: list[str] = []
    for before in ids:
        if before == model_id or len(found) == most:
            break
        if before in barred:
            found.append(before)
    return found
