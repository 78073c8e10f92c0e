"""Waiting in the router's line: for a free place, or for a model that comes back."""

from __future__ import annotations

from typing import NamedTuple

from ..calls.bounded_call import LimitReached
from ..engine.future import LoopFuture, is_pending
from ..messages import Candidate, JoinLine, Placed, StopWaiting
from ..policies.outcomes.attempt import Outcome
from .task_run import TaskRun


class Place(NamedTuple):
    """A model with a place for the task, and what its actor has said: a permit, mostly."""

    candidate: Candidate
    found: object
    number: int


async def wait_for_place(run: TaskRun, until: float, *, patient: bool) -> Place | None:
    """The first place that comes free before `until`; None: none, or the task is over.

    A `patient` task also waits for models that cannot serve yet.
    """
    full = run.full
    ids = run.plan.model_ids if run.plan is not None else None
    if not run.may_fail_over:
        ids = tuple(full)
    run.attempts = [r for r in run.attempts if r.number or r.model_id not in full]
    numbers = {record.model_id: record.number + 1 for record in run.attempts if record.number}
    join = JoinLine(
        acquire=run.acquire(run.task, 1, run.deadline, run.strategy),
        ids=ids,
        left_out=tuple(model_id for model_id in run.tried if model_id not in full),
        numbers=numbers,
        rate=_rate(run),
        patient=patient,
        span=max((full.span or 0.0 for full in run.full.values()), default=0.0),
    )
    placed = await _placed(run, join, until)
    if placed is not None and placed.candidate is not None:
        model_id = placed.candidate.model_id
        full.pop(model_id, None)
        return Place(placed.candidate, placed.found, numbers.get(model_id, 1))
    _note_that_none_came(run, placed)
    return None


def _note_that_none_came(run: TaskRun, placed: Placed | None) -> None:
    """The models that were full are passed over after all."""
    refusal = None if placed is None else placed.error
    ended = run.over  # by the deadline, or with the runtime
    for model_id, full in run.full.items():
        late = (run.stopped or run.too_late(model_id)) if ended else None
        run.record(model_id, 0, Outcome.REJECTED, run.now(), 0.0, late or refusal or full.error)
    run.error = refusal or run.error
    if placed is not None or ended:
        run.full.clear()


def _rate(run: TaskRun) -> float | None:
    """Calls a second that the full models end; None: not known of each of them."""
    rates = [full.rate for full in run.full.values()]
    known = [rate for rate in rates if rate is not None]
    return sum(known) if known and len(known) == len(rates) else None


async def _placed(run: TaskRun, join: JoinLine, until: float) -> Placed | None:
    """What the line has come to; None: the time is up."""
    router = run.environment.router
    try:
        found: object = run.engine.ask_now(router.address, join, run.now())
    except Exception:  # the router crashed on it: its successor has the same line
        found = _again(run, join)
    if is_pending(found):
        found = await _waited(run, found, until)
    return found if isinstance(found, Placed) else None


def _again(run: TaskRun, join: JoinLine) -> object:
    try:
        return run.environment.router.call(join)
    except Exception:
        return None


async def _waited(run: TaskRun, answer: LoopFuture[object], until: float) -> object:
    router = run.environment.router
    try:
        return await run.bounded(answer.arrived(), until)
    except LimitReached as reached:
        is_over = reached.reason is not None or until >= run.deadline
        if answer.settled and not answer.failed and not is_over:
            return answer.get()  # a place has come at this very moment
        router.send(StopWaiting(answer))
        if is_over:
            run.end_early(reached)
        return None
    except Exception:  # the line lost it in a crash
        return None
    except BaseException:
        router.send(StopWaiting(answer))
        raise
