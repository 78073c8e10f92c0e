"""The router: it knows which models can serve, and says for each task whom to try."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

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
    ModelChanged,
    Next,
    ReadRouter,
    RemoveModel,
    Route,
)
from .policies.attempt import AttemptRecord, Outcome
from .policies.barrier import Barrier, Closed
from .policies.budget import RetryBudget
from .policies.errors import InvalidRequestError, OverloadedError
from .policies.learning import LearnedWeights
from .policies.routing import Routing
from .snapshots import RouterSnapshot
from .task import Plan, Task

_NOBODY: tuple[AttemptRecord, ...] = ()
_UNKNOWN = Barrier(Closed.UNKNOWN)


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
    in_flight: int = 0
    dispatched: int = 0
    answered: int = 0
    refused: int = 0
    strategies: dict[str, int] = field(default_factory=dict)


class RouterActor(LoopActor):
    """Chooses among models; `run` executes a task that came as a plain message."""

    def __init__(self, state: RouterState, run: Callable[[Task, Later[Any]], None]) -> None:
        super().__init__()
        self._state = state
        self._run = run

    def on_receive(self, message: Any) -> Any:
        match message:
            case Dispatch(_, plan, strategy):
                return self._dispatch(plan, strategy)
            case Finished(answered):
                self._finished(answered)
            case Next(plan, strategy, tried):
                return self._next(plan, strategy, tried)
            case Attempted(model_id, success, duration):
                self._state.learned.record(model_id, success, duration)
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
                raise InvalidRequestError(
                    f"the router takes a Task, not a {type(message).__name__}"
                )
        return None

    def salvage(self, message: Any) -> None:
        """A task whose end crashed the router is not under way any more."""
        if isinstance(message, Finished):
            self._state.in_flight -= 1

    # Tasks.

    def _accept(self, task: Task) -> Later[Any]:
        answer: Later[Any] = Later()
        self._run(task, answer)
        return answer

    def _dispatch(self, plan: Plan | None, strategy: Strategy | None) -> Route:
        state = self._state
        limit = state.settings.max_concurrent_requests
        if state.in_flight >= limit:
            state.refused += 1
            raise OverloadedError(
                f"{limit} tasks are under way already, which is the limit "
                "(max_concurrent_requests); nothing was started"
            )
        chosen = strategy or _strategy_of(plan) or state.settings.default_strategy
        candidate, passed = self._choose(plan, chosen, ())
        state.in_flight += 1
        state.dispatched += 1
        state.strategies[chosen] = state.strategies.get(chosen, 0) + 1
        width = plan.max_concurrent if plan is not None else None
        primary = self._primary(plan, chosen, candidate)
        return Route(chosen, primary, candidate, passed, width or len(state.candidates))

    def _next(self, plan: Plan | None, strategy: Strategy, tried: tuple[str, ...]) -> Choice:
        candidate, passed = self._choose(plan, strategy, tried)
        return Choice(candidate, passed)

    def _finished(self, answered: bool) -> None:
        state = self._state
        state.in_flight -= 1
        if answered:
            state.answered += 1

    def _primary(
        self, plan: Plan | None, strategy: Strategy, candidate: Candidate | None
    ) -> str | None:
        """Whom the task would have liked best: an answer of another one is a fallback."""
        if plan is not None:
            return plan.primary
        if strategy is Strategy.SEQUENTIAL:
            return next(iter(self._state.candidates), None)
        return None if candidate is None else candidate.model_id

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

    def _remove(self, model_id: str) -> None:
        state = self._state
        if state.candidates.pop(model_id, None) is not None:
            state.routing.remove(model_id)
            state.learned.forget(model_id)
            state.barriers.pop(model_id, None)
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
            refused=state.refused,
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
