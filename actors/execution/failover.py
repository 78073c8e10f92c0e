"""Which model a task asks after a failure: the same one after a delay, the next, or none."""

from __future__ import annotations

import time
from collections.abc import Coroutine
from functools import partial

from ...config.errors import ResilienceError
from ...config.settings.runtime import Strategy, WhenNoneAvailable
from ..calls.bounded_call import LimitReached
from ..engine.future import is_pending
from ..messages import Candidate, Choice, FailoverReported, LastResort, Next, Route, Verdict
from ..policies.outcomes.moving_on import shortest_wait
from ..policies.records import new
from .attempts import Attempt, Perform
from .parallel import Contest, Race
from .router_calls import ask_again, may_repeat
from .task_run import TaskRun

_FAILED_OVER = FailoverReported()
_NONE = Choice(None, ())
_SHORTEST_WAIT, _LONGEST_WAIT = 0.05, 1.0
"""Between two looks for a model that has come back, in seconds."""


def follow(
    run: TaskRun, route: Route, perform: Perform, contest: Contest | None = None
) -> Coroutine[object, object, None]:
    """Ask the models of a route: several side by side, or one after the other.

    `contest` is what models that run side by side may win before their end.
    """
    if route.strategy is not Strategy.PARALLEL or route.candidate is None:
        return try_models(run, perform, route.candidate)
    serve = partial(try_model, perform=perform)
    return Race(run, route, serve, partial(next_model, run), contest).go()


async def try_models(
    run: TaskRun, perform: Perform, candidate: Candidate | None, begun: object = None
) -> None:
    """One model after the other until one answers, none is left or the time is up.

    `begun` is what has come of the first attempt at `candidate`, as in `try_model`.
    """
    while True:
        while candidate is not None:
            run.tried = (*run.tried, candidate.model_id)
            await try_model(run, candidate, perform, begun)
            begun = None
            if run.over:
                return
            candidate = await _after(run, candidate)
        candidate = await _when_none_is_left(run, perform)
        if candidate is None:
            return


async def try_model(
    run: TaskRun,
    candidate: Candidate,
    perform: Perform,
    begun: object = None,
    *,
    forced: bool = False,
) -> None:
    """Attempts at one model, until it answers or its retries end.

    `begun` is what has come of the first one: what the model's actor said instead of giving a
    permit, or the verdict on a call that has failed.
    """
    attempt = new(Attempt, (candidate, 1, 0.0, forced))
    verdict = begun if isinstance(begun, Verdict) else await perform(run, attempt, begun)
    while verdict is not None and verdict.delay is not None and not run.over:
        if not may_repeat(run) or not await run.pause(verdict.delay):
            return
        attempt = Attempt(candidate, attempt.number + 1, verdict.delay, forced)
        verdict = await perform(run, attempt)


async def next_model(run: TaskRun) -> Candidate | None:
    """The model to ask after a failure; None when the task is over, or no model is left."""
    now = run.now()
    if now >= run.deadline:
        run.over = True
        return None
    if not run.may_fail_over:
        return None
    closing = run.environment.waiting.reason
    if closing is not None:  # no further model is asked: its call would be ended at once
        return _give_up(run, closing).candidate
    choice = await _choice(run, Next(run.plan, run.strategy, run.tried), now)
    if choice.passed:
        known = {record.model_id for record in run.attempts}
        run.attempts.extend(r for r in choice.passed if r.model_id not in known)
    return choice.candidate


async def _after(run: TaskRun, failed: Candidate) -> Candidate | None:
    was_asked = bool(run.attempts[-1].number)
    candidate = await next_model(run)
    if candidate is not None and was_asked:
        run.engine.tell_now(failed.ref.address, _FAILED_OVER, run.engine.instant)
    return candidate


async def _choice(run: TaskRun, message: Next, now: float) -> Choice:
    """The router's answer, or that of its successor."""
    try:
        found: object = run.engine.ask_now(run.environment.router.address, message, now)
        if is_pending(found):
            found = await run.bounded(found.arrived(), run.deadline)
    except LimitReached as reached:
        run.end_early(reached)
        return _NONE
    except Exception as error:  # the router crashed on it
        found = error
    if isinstance(found, Choice):
        return found
    again = await ask_again(run, message, Choice)
    return again if isinstance(again, Choice) else _give_up(run, again)


def _give_up(run: TaskRun, reason: ResilienceError) -> Choice:
    run.error = reason
    run.over = True
    return _NONE


async def _when_none_is_left(run: TaskRun, perform: Perform) -> Candidate | None:
    """No model can serve: give up, wait for the first that comes back, or insist on one."""
    run.take_empty()
    rule = run.environment.when_none_available
    if run.over or rule is WhenNoneAvailable.FAIL or not run.may_fail_over:
        return None
    if rule is WhenNoneAvailable.TRY:
        return await _insist(run, perform)
    # A model that was only passed over may be asked again; a model that failed the task may not.
    while any(not record.number for record in run.attempts):
        if not await run.pause(_shortest_wait(run)):
            return None
        run.attempts = [record for record in run.attempts if record.number]
        run.tried = tuple(record.model_id for record in run.attempts)
        candidate = await next_model(run)
        if candidate is not None or run.over:
            return candidate
    return None


async def _insist(run: TaskRun, perform: Perform) -> Candidate | None:
    """Ask one model past its open breaker, once; another may have come back by then."""
    if run.insisted:
        return None
    run.insisted = True
    found = await ask_again(run, LastResort(run.plan, run.tried), Candidate)
    if not isinstance(found, Candidate):
        return None
    run.tried = (*run.tried, found.model_id)
    await try_model(run, found, perform, forced=True)
    return None if run.over else await next_model(run)


def _shortest_wait(run: TaskRun) -> float:
    shortest = shortest_wait(run.attempts, time.time(), _LONGEST_WAIT)
    return max(_LONGEST_WAIT if shortest is None else shortest, _SHORTEST_WAIT)
