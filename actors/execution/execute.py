"""The way of a task, from top to bottom: every task of the runtime goes through `execute`.

    Dispatch -> router      which model to try
    Acquire  -> model       a permit, or why not
    the call itself         here, in the caller's own task
    Settle   -> model       exactly once, at an end of any kind
    Next     -> router      which model to try after a failure
    TaskFinished -> router  the task is over; TaskEnded in all but the usual case

The order of protection is fixed:
task deadline ( strategy picks ( retry ( breaker ( bulkhead ( attempt timeout ( executor )))))).
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Coroutine
from functools import partial
from typing import Any

from ...config.errors import ResilienceError
from ...config.settings.runtime import Strategy
from ..calls.bounded_call import BoundedCall, own
from ..calls.scope import Scope, call_scope
from ..engine.future import Promise
from ..executor import ExecutionContext, Executor
from ..messages import (
    Acquire,
    AttemptReported,
    Dispatch,
    Route,
    Settle,
    TaskEnded,
    TaskFinished,
)
from ..permit import CallPermit
from ..policies.outcomes.attempt import AttemptRecord, Outcome
from ..policies.outcomes.errors import RuntimeClosedError
from ..policies.outcomes.usage import cost_of
from ..policies.records import new
from ..policies.task_kinds import USUAL
from ..result import TaskResult
from ..task import CHAT, Plan, Task
from .answers import check_answer
from .attempts import attempt_call
from .environment import TaskEnvironment, run_kind
from .errors import any_open
from .failover import follow, try_models
from .provider_feedback import feedback_of
from .router_calls import ended, route_for
from .settling import TEACHES, ModelCall, settle_failure
from .task_run import TaskRun

_CANCELLED = TaskEnded(Outcome.CANCELLED)
_SUCCESS = Outcome.SUCCESS
_SEQUENTIAL = Strategy.SEQUENTIAL


async def execute(
    task: Task,
    plan: Plan | None,
    strategy: Strategy | None,
    environment: TaskEnvironment,
    executor: Executor | None = None,
) -> TaskResult:
    """Take `task` its way. Raises only the caller's own cancellation.

    `executor` takes the place of the models' own.

    One long function on purpose: most tasks are answered by their first attempt, and each call that
    they are spared is a percent of what they cost. What comes after a failure is in `failover`.
    """
    engine = environment.engine
    ask = engine.ask_now
    started = engine.now()
    deadline = started + (task.timeout or (plan and plan.timeout) or environment.task_timeout)
    around = call_scope.get()
    if around is not None and around[0] < deadline:
        deadline = around[0]
    scope: Scope = (deadline, around)

    kind = USUAL
    if task.type is not CHAT or environment.reads_payloads or executor is not None:
        kind = run_kind(task, environment, executor)
    dispatch = new(Dispatch, (task, plan, strategy, deadline, kind))
    try:
        route = ask(environment.router.address, dispatch, started)
    except Exception as error:  # it refuses, or has crashed
        route = error
    if type(route) is not Route:
        run = TaskRun(task, plan, environment, executor, started, scope)
        route = await route_for(run, dispatch, route)
        if isinstance(route, ResilienceError):
            return run.refused(route, strategy)
        # The model that answers does not know how long the task has waited for its turn.
        route = route._replace(direct=False)

    end: TaskEnded | TaskFinished = _CANCELLED
    token = call_scope.set(scope)
    try:
        candidate = route.candidate
        if candidate is None or not route.direct:
            run = TaskRun(task, plan, environment, executor, started, scope, route)
            await follow(run, route, attempt_call)
            run.take_empty()
            result = run.result()
            end = ended(run, result)
            return result

        acquire = new(Acquire, (task, 1, deadline, route.strategy, False))
        try:
            permit = ask(candidate.ref.address, acquire, engine.instant)
        except Exception as error:  # it has crashed
            permit = error
        if type(permit) is CallPermit:
            began = engine.instant
            until = began + permit.timeout
            if until > deadline:
                until = deadline
            answers = executor or permit.executor
            context = None
            if answers.needs_context:
                context = ExecutionContext(permit.model_id, 1, until, engine.now)
            try:
                call = answers.begin(task, context)
                try:
                    waits_for = call.send(None)
                except StopIteration as stop:  # it answered without waiting for anything
                    value = stop.value
                except (GeneratorExit, CancelledError) as raised:
                    raise own(raised) from raised
                else:
                    permit.call = bounded = BoundedCall(
                        call,
                        until,
                        environment.grace,
                        environment.waiting,
                        waits_for,
                        task.id,
                        scope,
                    )
                    value = await bounded
                if executor is None and (type(value) is not str or not value or permit.failure_if):
                    check_answer(task, permit, value)
            except BaseException as raised:
                run = TaskRun(task, plan, environment, executor, started, scope, route)
                under_way = new(ModelCall, (candidate, permit, began, context, 0.0))
                begun: object = settle_failure(run, under_way, raised)
            else:
                end = route.answered
                return _answered(task, environment, route, permit, value, began, started)
        else:
            run = TaskRun(task, plan, environment, executor, started, scope, route)
            begun = permit
        await try_models(run, attempt_call, candidate, begun)
        result = run.result()
        end = ended(run, result)
        return result
    finally:
        engine.tell_now(environment.router.address, end, engine.instant)
        try:  # noqa: SIM105  # `suppress` would cost each task what this does not
            call_scope.reset(token)
        except ValueError:  # closed from another context, which never had it
            pass


def _answered(
    task: Task,
    environment: TaskEnvironment,
    route: Route,
    permit: CallPermit,
    value: object,
    began: float,
    started: float,
) -> TaskResult:
    """Settle a first attempt that has answered; the result of its task."""
    engine, model_id = environment.engine, permit.model_id
    now = engine.now()
    duration = now - began
    feedback = usage = cost = None
    if type(value) is not str and (feedback := feedback_of(value)) is not None:
        usage = feedback.usage
        cost = cost_of(usage, permit.prices)
    settle = (permit, _SUCCESS, duration, feedback, None, 0.0, False, False, 0.0, None, True)
    engine.tell_now(route.candidate.ref.address, new(Settle, settle), now)  # type: ignore[union-attr]  # it has one
    if route.strategy is not _SEQUENTIAL and route.strategy in TEACHES:
        environment.router.send(AttemptReported(model_id, True, duration))
    record = new(AttemptRecord, (model_id, 1, _SUCCESS, began - started, duration, None))
    passed = route.passed
    fields = (
        task.id,
        True,
        value,
        model_id,
        now - started,
        route.strategy,
        model_id != route.primary,
        0,
        passed != () and any_open(passed),
        None,
        (*passed, record) if passed else (record,),
        permit.degraded,
        task.metadata,
        usage,
        cost,
        None,
        (),
    )
    return new(TaskResult, fields)


def watched(
    task: Task,
    plan: Plan | None,
    strategy: Strategy | None,
    environment: TaskEnvironment,
    executor: Executor | None = None,
) -> Coroutine[Any, Any, TaskResult]:
    """As `execute`, with telemetry and the ways of a degraded fleet where those are on."""
    degrading = environment.degrading
    if degrading is not None:
        return degrading.run(task, plan, strategy, executor)
    return hooked(task, plan, strategy, environment, executor)


def hooked(
    task: Task,
    plan: Plan | None,
    strategy: Strategy | None,
    environment: TaskEnvironment,
    executor: Executor | None = None,
) -> Coroutine[Any, Any, TaskResult]:
    """As `execute`, with telemetry round it where that is on."""
    hook = environment.hook
    if hook is None:
        return execute(task, plan, strategy, environment, executor)
    if executor is not None:
        executor = hook.executor(executor)
    work = partial(execute, task, plan, strategy, environment, executor)
    return hook.around(task, plan, environment.engine.now, work)


async def answer_told(
    task: Task, answer: Promise[TaskResult], environment: TaskEnvironment
) -> None:
    """Execute `task` and settle `answer` with its result."""
    try:
        answer.set(await watched(task, None, None, environment))
    finally:
        if not answer.settled:
            answer.fail(RuntimeClosedError("the runtime stopped before the task was done"))
