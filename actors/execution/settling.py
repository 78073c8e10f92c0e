"""How an attempt ends: the model's actor is told once, and the task's run notes it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from ...config.errors import ResilienceError
from ...config.settings.runtime import Strategy
from ..calls.bounded_call import LimitReached, ended_from_outside
from ..calls.errors import as_error
from ..executor import ExecutionContext
from ..messages import (
    NO_FEEDBACK,
    AttemptReported,
    CallReturned,
    Candidate,
    ProviderFeedback,
    Settle,
    Verdict,
)
from ..permit import CallPermit
from ..policies.outcomes.attempt import Outcome
from ..policies.outcomes.classify import classify, is_lasting, wait_stated_by
from ..policies.outcomes.errors import ModelTimeoutError
from ..policies.outcomes.fault import UNCOUNTED, Fault
from ..policies.outcomes.reached import may_have_reached
from .answers import RejectedAnswer
from .branch import loss_of
from .errors import no_answer
from .provider_feedback import feedback_of
from .task_run import TaskRun

_SUCCESS, _FAILURE, _TIMEOUT = Outcome.SUCCESS, Outcome.FAILURE, Outcome.TIMEOUT
_NO_RETRY = Verdict(None, False)
TEACHES = frozenset({Strategy.WEIGHTED, Strategy.PARALLEL, Strategy.P2C})
"""Strategies whose attempts the router hears of: they learn weights, hedge delays, latencies."""


class ModelCall(NamedTuple):
    """A call under way: its permit, when it began, and the delay that was before it in seconds."""

    candidate: Candidate
    permit: CallPermit
    began: float
    context: ExecutionContext | None
    delay: float = 0.0


def settle_success(run: TaskRun, call: ModelCall, value: object) -> None:
    """The model has answered: the task is done."""
    permit, now = call.permit, run.now()
    duration = now - call.began
    feedback = feedback_of(value)
    run.charge(permit, feedback)
    settle = Settle(permit, _SUCCESS, duration, feedback)
    run.engine.tell_now(call.candidate.ref.address, settle, now)
    run.record(permit.model_id, permit.number, _SUCCESS, call.began, duration)
    run.answer(permit.model_id, value, degraded=permit.degraded)
    if run.strategy in TEACHES:
        run.environment.router.send(AttemptReported(permit.model_id, True, duration))


def settle_failure(run: TaskRun, call: ModelCall, raised: BaseException) -> Verdict:
    """The call has `raised`; raises it again where the whole task ends with it."""
    return fail(run, call, failure_of(run, call, raised, _timed_out))


def settle_cancelled(
    run: TaskRun,
    call: ModelCall,
    error: BaseException,
    report: type[AttemptReported] = AttemptReported,
) -> None:
    """The call says nothing about the model, unless it has hung: the permit is given back."""
    permit = call.permit
    duration = run.now() - call.began
    outcome, fault = Outcome.CANCELLED, None
    if run.hung:
        error, outcome, fault = loss_of(run), _TIMEOUT, Fault.TIMEOUT
        if run.strategy in TEACHES:
            run.environment.router.send(report(permit.model_id, False, duration))
    run.record(permit.model_id, permit.number, outcome, call.began, duration, error)
    lingering = still_runs(call)
    settle = Settle(permit, outcome, duration, error=error, lingering=lingering, fault=fault)
    call.candidate.ref.send(settle)


def failure_of(
    run: TaskRun,
    call: ModelCall,
    raised: BaseException,
    timed_out: Callable[[TaskRun, ModelCall], ModelTimeoutError],
) -> Settle:
    """What to settle a call with that has `raised`; `timed_out` says which limit it met.

    Settles the call itself, and raises again, where the whole task ends from outside.
    """
    error = _error_of(run, call, raised, timed_out)
    fault = classify(error)
    reached = raised if isinstance(raised, LimitReached) else None
    revoked = reached is not None and reached.reason is not None
    silent = fault is Fault.TIMEOUT and not revoked
    return Settle(
        permit=call.permit,
        outcome=_TIMEOUT if silent else _FAILURE,
        duration=run.now() - call.began,
        feedback=_feedback_of_failure(run, raised, error, fault),
        error=error,
        deadline=run.deadline,
        lingering=still_runs(call),
        abandoned=reached is not None and reached.abandoned,
        previous_delay=call.delay,
        fault=fault,
    )


def _error_of(
    run: TaskRun,
    call: ModelCall,
    raised: BaseException,
    timed_out: Callable[[TaskRun, ModelCall], ModelTimeoutError],
) -> BaseException:
    if isinstance(raised, LimitReached):
        return raised.reason or timed_out(run, call)
    if ended_from_outside(raised):
        settle_cancelled(run, call, raised)
        raise raised
    if isinstance(raised, RejectedAnswer):
        run.keep_if_empty(call.permit, raised)
        return raised.error
    model_id = call.permit.model_id
    if not isinstance(raised, ResilienceError) and not run.streams:
        run.environment.failures.note(model_id, raised, run.task.payload, run.now())
    return as_error(raised, f"the executor of {model_id}", model_id)


def fail(
    run: TaskRun,
    call: ModelCall,
    settle: Settle,
    report: type[AttemptReported] = AttemptReported,
) -> Verdict:
    """Settle a failure and note it; the verdict says whether and when to try again there."""
    permit, error = settle.permit, settle.error
    assert error is not None
    run.record(permit.model_id, permit.number, settle.outcome, call.began, settle.duration, error)
    run.error = error
    verdict = tell_failure(run, call, settle)
    if run.strategy in TEACHES and settle.fault not in UNCOUNTED:
        told = report(permit.model_id, False, settle.duration, settle.wait)
        run.environment.router.send(told)
    run.over = run.over or run.ends_with(error, settle.fault)
    if run.at_most_once and may_have_reached(error):
        run.take_empty()
        run.over = True
    if verdict.delay is not None:
        run.failed[permit.model_id] = call.candidate
    return verdict


def tell_failure(run: TaskRun, call: ModelCall, settle: Settle) -> Verdict:
    """Tell the model's actor of a failure, and note whether the breaker opened by it."""
    try:
        found = run.engine.ask_now(call.candidate.ref.address, settle, run.now())
    except Exception:  # the model's actor crashed on it; the permit is salvaged there
        return _NO_RETRY
    # Where the model's actor is down just now, the next model does not wait for it.
    verdict = found if isinstance(found, Verdict) else _NO_RETRY
    run.opened = run.opened or verdict.opened
    return verdict


def still_runs(call: ModelCall) -> bool:
    """Whether a thread goes on with the call; the model hears of it when that ends."""
    candidate, permit, context = call.candidate, call.permit, call.context
    if context is None:
        return False
    context.cancelled = True
    work = context.lingering
    if work is None or work.done():
        return False
    work.add_done_callback(lambda _: candidate.ref.send(CallReturned(permit)))
    return True


def _feedback_of_failure(
    run: TaskRun, raised: BaseException, error: BaseException, fault: Fault
) -> ProviderFeedback:
    """What a failure says of the provider; a function of the caller's own never says `lasting`."""
    feedback = raised.feedback if isinstance(raised, RejectedAnswer) else None
    limited = fault is Fault.MODEL_LIMIT and run.executor is None
    return (feedback or NO_FEEDBACK)._replace(
        wait=wait_stated_by(error, time.time()),
        lasting=limited and is_lasting(error, run.task.payload),
    )


def _timed_out(run: TaskRun, call: ModelCall) -> ModelTimeoutError:
    if run.deadline < call.began + call.permit.timeout:
        return run.too_late(call.permit.model_id)
    return no_answer(call.permit)
