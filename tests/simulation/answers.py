"""What requests come to: each has one answer, of the right kind, in time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

import pykka

from hive_resilience import ResilienceError, TaskResult
from hive_resilience.actors.model.state import ModelState
from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.actors.policies.outcomes.errors import ModelCrashedError
from hive_resilience.errors import (
    ActorQuarantinedError,
    AllModelsFailedError,
    EmptyAnswerError,
    InvalidRequestError,
    LoadShedError,
    ModelLimitError,
    RuntimeClosedError,
)
from hive_resilience.testing import InjectedCrash

from .ledger import EXACT, Entry

_CLOSED = frozenset({State.CLOSED, State.DISABLED, State.METRICS_ONLY})
_MAY_BE_RAISED = (
    *(ResilienceError, ConnectionError, TimeoutError, InjectedCrash),
    *(asyncio.CancelledError, pykka.ActorDeadError, ActorQuarantinedError),
)


def answers(entries: Iterable[Entry], grace: float) -> Iterator[str]:
    """Every request has one answer, of the right kind, in time."""
    for entry in entries:
        if entry.answers != 1:
            yield f"{entry} has {entry.answers} answers"
        elif entry.cancelled and not entry.cancel_asked:
            yield f"{entry}, but nobody cancelled it"
        elif entry.error is not None and not _may_raise(entry):
            yield f"{entry} raised {entry.error!r}"
        elif entry.result is not None:
            yield from _result(entry, entry.result)
        if entry.answers and entry.limit is not None and entry.ended is not None:
            over = entry.ended - entry.started - entry.limit - grace
            if over > EXACT:
                yield f"{entry} came {over:.3f} s after its deadline of {entry.limit:.3f} s"


def _may_raise(entry: Entry) -> bool:
    if entry.kind in ("execute", "stream"):
        return entry.closing and isinstance(entry.error, RuntimeClosedError)
    return isinstance(entry.error, _MAY_BE_RAISED) or entry.kind == "call"


def _result(entry: Entry, result: TaskResult) -> Iterator[str]:
    if entry.task is not None and result.task_id != entry.task.id:
        yield f"{entry} got the result of {result.task_id}"
    if result.success is not (result.model_used is not None and result.error is None):
        yield f"{entry} both succeeded and failed: {result}"
    yield from _faults(entry, result)
    if result.success and entry.limit is not None:
        # Where every answer was empty, the last attempt shows that there is no more.
        answered = [r for r in result.attempts if r.error is None] or result.attempts
        last = max(r.started_at + r.duration for r in answered)
        if last > entry.limit + EXACT:
            yield f"{entry} succeeded after its deadline of {entry.limit:.3f} s"
    if result.error is not None and not isinstance(result.error, Exception):
        yield f"{entry} failed with {result.error!r}, which would end the program"


def _faults(entry: Entry, result: TaskResult) -> Iterator[str]:
    """What a model cannot take it is not asked again, and nothing is only an answer for want."""
    asked = [record for record in result.attempts if record.number]
    last = {record.model_id: record for record in asked}
    limited = [record for record in asked if isinstance(record.error, ModelLimitError)]
    for record in limited:
        if last[record.model_id] is not record:
            yield f"{entry} asked {record.model_id} again, which cannot take it"
    ends = (InvalidRequestError, RuntimeClosedError, TimeoutError)
    if limited and len(limited) == len(result.attempts) and not isinstance(result.error, ends):
        yield f"{entry} failed with {result.error!r}, though no model can take it"
    empty = bool(last) and all(isinstance(r.error, EmptyAnswerError) for r in last.values())
    if isinstance(result.error, AllModelsFailedError) and empty:
        yield f"{entry} failed, though every model gave an empty answer"
    # What must run once takes the first answer that there is, and its rivals are cancelled.
    first = entry.once and any(isinstance(r.error, EmptyAnswerError) for r in asked)
    if result.success and not (empty or first) and all(record.error for record in asked):
        yield f"{entry} succeeded without any answer"


def stood_idle(fleet: Any, result: TaskResult, entry: Entry, now: float) -> list[str]:
    """The models that could have served a task that failed because "no model answered".

    A model counts if its actor is alive, its breaker closed, its health not out, a place free, no
    limit in the way; not only since this moment; and if the task never asked it for a permit.
    A task that must run once asks no other after a failure.
    """
    if not isinstance(result.error, AllModelsFailedError) or entry.once:
        return []
    if any(isinstance(r.error, LoadShedError) for r in result.attempts):
        return []  # what the fleet sheds asks no other model
    ids = entry.scope if entry.scope is not None else tuple(fleet.members)
    # Passed over until this very moment is no reason to blame anybody.
    due = {r.model_id for r in result.attempts if _is_due(r.error)}
    # Nor is having asked it while its actor was down; that question reached nobody.
    due |= {r.model_id for r in result.attempts if isinstance(r.error, ModelCrashedError)}
    # A model that gave its place to the line was asked by the router.
    due |= {r.model_id for r in result.attempts if r.number}
    ids = tuple(i for i in ids if i in fleet.members and i not in entry.asked and i not in due)
    return [model_id for model_id in ids if is_idle(fleet, model_id, now)]


def _is_due(error: BaseException | None) -> bool:
    wait = getattr(error, "retry_after", None)
    return wait is not None and wait < EXACT


def is_idle(fleet: Any, model_id: str, now: float) -> bool:
    """Whether a model could take a call now, and could a moment ago."""
    member = fleet.members[model_id]
    state: ModelState = member.state
    limits = state.limiter.snapshot(now)
    unavailable = fleet.router_state.unavailable.get(model_id)
    if unavailable is not None and abs(unavailable.until - now) < EXACT:
        return False
    return (
        member.ref.is_running()
        and fleet.router.is_running()
        and state.breaker.state(now) in _CLOSED
        and state.breaker.admits(now)
        and state.can_serve(now)
        and state.bulkhead.in_flight < state.bulkhead.limit
        and (limits.requests_left is None or limits.requests_left >= 1)
        and not limits.parked_for
    )
