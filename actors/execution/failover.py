"""Which model a task asks after a failure: the next at once, then those that failed it, or none.

Every usable model is asked once. Then the models whose failure may pass are asked again, the one
whose wait ends first; a model that becomes usable or free meanwhile goes before them.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from ...config.errors import ResilienceError
from ...config.settings.runtime import Strategy, WhenNoneAvailable
from ..calls.bounded_call import LimitReached
from ..engine.future import is_pending
from ..messages import Candidate, Choice, FailoverReported, LastResort, Next, Route, Verdict
from ..policies.outcomes.attempt import Outcome
from ..policies.outcomes.errors import RetryBudgetError
from ..policies.outcomes.moving_on import is_unfit
from ..policies.records import new
from .attempts import Attempt, Perform
from .place import wait_for_place
from .router_calls import ask_again, may_repeat
from .side_by_side.hedging import HedgedAttempts, silence_allowed
from .side_by_side.parallel import Race
from .side_by_side.poll import Poll
from .side_by_side.rivals import Contest, Found, arrived
from .task_run import TaskRun

_FAILED_OVER = FailoverReported()
_NONE = Choice(None, ())
_PAUSE = 0.05
"""Seconds before a task that the line did not take stands in it again."""


class Step(NamedTuple):
    """What a task does next: a first attempt at `candidate`, or one after a wait.

    `found` is what its actor has said already.
    """

    candidate: Candidate
    found: object = None
    number: int = 1
    delay: float = 0.0
    forced: bool = False


async def follow(
    run: TaskRun, route: Route, perform: Perform, contest: Contest | None = None
) -> None:
    """Ask the models of a route: several side by side, or one after the other."""
    candidate = route.candidate
    if route.strategy is Strategy.QUORUM:
        first_try = partial(_first_try, perform)
        return await Poll(run, route, first_try, partial(next_model, run)).go()
    if route.strategy is Strategy.PARALLEL and candidate is not None:
        first_try = partial(_first_try, perform)
        await Race(run, route, first_try, partial(next_model, run), contest).go()
        if run.over:
            return
        candidate = None
    await try_models(run, perform, candidate, contest=contest)


async def try_models(
    run: TaskRun,
    perform: Perform,
    candidate: Candidate | None,
    begun: object = None,
    contest: Contest | None = None,
) -> None:
    """One model after the other until one answers, none is left or the time is up.

    `begun` is what has come of the first attempt at `candidate`, as in `try_model`.
    """
    step = await _when_none_is_left(run) if candidate is None else Step(candidate, begun)
    while step is not None:
        candidate = step.candidate
        if candidate.model_id not in run.tried:
            run.tried = (*run.tried, candidate.model_id)
        await try_model(run, perform, step, contest)
        if run.over:
            return
        following = await _after(run, candidate)
        step = await _when_none_is_left(run) if following is None else Step(following)
    run.take_empty()


async def try_model(
    run: TaskRun, perform: Perform, step: Step, contest: Contest | None = None
) -> None:
    """An attempt at one model, its retries there, and other models beside it if it is silent.

    `step.found` may also be the verdict on a call that has failed.
    """
    candidate, begun = step.candidate, step.found
    attempt = new(Attempt, (candidate, step.number, step.delay, step.forced))
    silence = None if begun is not None else silence_allowed(run, candidate)
    if silence is None:
        return await _try_here(perform, begun, attempt, run)
    serve = partial(_try_here, perform, None)
    hedged = HedgedAttempts(run, serve, partial(next_model, run), contest)
    return await hedged.go(attempt, silence)


async def _try_here(perform: Perform, begun: object, attempt: Attempt, run: TaskRun) -> None:
    """An attempt at one model, and the retries that it makes before another model is asked."""
    candidate = attempt.candidate
    verdict = begun if isinstance(begun, Verdict) else await perform(run, attempt, begun)
    while verdict is not None and verdict.delay is not None and not run.over:
        if not verdict.here:
            number = attempt.number
            run.repetitions.add(candidate.model_id, number, verdict.delay, run.now())
            return
        if not _spend(run, candidate.model_id) or not await run.pause(verdict.delay):
            return
        attempt = Attempt(candidate, attempt.number + 1, verdict.delay, attempt.forced)
        run.rival_since = run.now()
        verdict = await perform(run, attempt)


def next_model(run: TaskRun) -> Found:
    """The model to ask after a failure; None when the task is over, or no model is left.

    A coroutine that brings it comes back where the router does not say at once.
    """
    now = run.now()
    if run.unfit:
        run.name_unfit()
    if now >= run.deadline:
        run.over = True
        return None
    if not run.may_fail_over:
        return None
    closing = run.environment.waiting.reason
    if closing is not None:  # no further model is asked: its call would be ended at once
        return _give_up(run, closing).candidate
    message = Next(run.plan, run.strategy, run.tried, run.task.session)
    try:
        found: object = run.engine.ask_now(run.environment.router.address, message, now)
    except Exception as error:  # the router crashed on it
        found = error
    return _chosen(run, found) if isinstance(found, Choice) else _brought(run, message, found)


async def _first_try(perform: Perform, candidate: Candidate, branch: TaskRun) -> None:
    await _try_here(perform, None, Attempt(candidate), branch)


async def _after(run: TaskRun, failed: Candidate) -> Candidate | None:
    was_asked = bool(run.attempts[-1].number)
    candidate = await arrived(next_model(run))
    if candidate is not None and was_asked:
        run.engine.tell_now(failed.ref.address, _FAILED_OVER, run.engine.instant)
    return candidate


async def _brought(run: TaskRun, message: Next, found: object) -> Candidate | None:
    """What the router says later, or its successor."""
    if is_pending(found):
        try:
            found = await run.bounded(found.arrived(), run.deadline)
        except LimitReached as reached:
            run.end_early(reached)
            return None
        except Exception as error:
            found = error
    if not isinstance(found, Choice):
        again = await ask_again(run, message, Choice)
        found = again if isinstance(again, Choice) else _give_up(run, again)
    return _chosen(run, found)


def _chosen(run: TaskRun, choice: Choice) -> Candidate | None:
    if choice.passed:
        known = {record.model_id for record in run.attempts}
        run.attempts.extend(r for r in choice.passed if r.model_id not in known)
    return choice.candidate


def _give_up(run: TaskRun, reason: ResilienceError) -> Choice:
    run.error = reason
    run.over = True
    return _NONE


async def _when_none_is_left(run: TaskRun) -> Step | None:
    """Every usable model was asked: wait for a place or for a repetition, or by the rule."""
    if not run.full:  # a model that has no place just now may have more than an empty answer
        run.take_empty()
    while not run.over:
        repetition, waits = run.repetitions.first(), _waits_for_a_return(run)
        if repetition is None and not run.full and not waits:
            return await _last_resort(run)
        until = run.deadline if repetition is None else min(repetition.due, run.deadline)
        placed = await wait_for_place(run, until, patient=waits or repetition is not None)
        if placed is not None:
            return Step(placed.candidate, placed.found, placed.number)
        now = run.now()
        if run.over or now >= run.deadline:
            run.over = True
        elif (repetition is not None or waits) and now < until:
            # The line did not take it, or lost it in a crash.
            await run.pause(min(_PAUSE, until - now))
        elif repetition is not None:
            run.repetitions.take()
            if _spend(run, repetition.model_id):
                candidate = run.failed[repetition.model_id]
                return Step(candidate, None, repetition.number, repetition.delay)
    return None


def _waits_for_a_return(run: TaskRun) -> bool:
    """Whether it waits, by the rule, for a model that it has only passed over."""
    rule = run.environment.when_none_available
    if rule is not WhenNoneAvailable.WAIT or not run.may_fail_over:
        return False
    return any(not record.number and not is_unfit(record) for record in run.attempts)


def _spend(run: TaskRun, model_id: str) -> bool:
    """Charge a repetition to the budget of all models; a refusal is noted."""
    if may_repeat(run):
        return True
    error = RetryBudgetError(
        "the retry budget of all models is used up (global.retry_budget); a success adds to it",
        model_id=model_id,
    )
    run.record(model_id, 0, Outcome.REJECTED, run.now(), 0.0, error)
    return False


async def _last_resort(run: TaskRun) -> Step | None:
    """Where the rule says so, ask one model past its open breaker, once."""
    rule = run.environment.when_none_available
    if rule is not WhenNoneAvailable.TRY or run.insisted or not run.may_fail_over:
        return None
    run.insisted = True
    found = await ask_again(run, LastResort(run.plan, run.tried), Candidate)
    return Step(found, forced=True) if isinstance(found, Candidate) else None
