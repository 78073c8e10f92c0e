"""One task: its span, and the attempts below it until the task knows how they were settled."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context, get_current
from opentelemetry.propagate import extract, inject
from opentelemetry.trace import (
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    get_current_span,
    set_span_in_context,
)

from ....actors.policies.outcomes.attempt import AttemptRecord, Outcome
from ....actors.policies.outcomes.classify import classify
from ....actors.policies.outcomes.fault import Fault
from ....actors.result import TaskResult
from . import semconv
from .attempt_trace import LONGEST, AttemptTrace
from .genai_call import GenAICall
from .outcomes import fault_of, paired, presumed

if TYPE_CHECKING:
    from ....actors.executor import ExecutionContext
    from ....actors.task import Plan, Task
    from .genai_metrics import GenAIMetrics

_MOST = 50
"""Entries of a list attribute."""
_BAGGAGE = "baggage"
_NONE: Mapping[str, str] = {}


class TaskTrace:
    """What one task shows. Without a tracer it has no spans, and hears for the metrics alone."""

    __slots__ = (
        *("_attempts", "_began", "_metrics", "_propagates", "_records", "_tracer", "_wall"),
        *("closed", "context", "now", "span"),
    )

    def __init__(
        self,
        tracer: Tracer | None,
        metrics: GenAIMetrics | None,
        task: Task,
        plan: Plan | None,
        now: Callable[[], float],
        *,
        propagates: bool,
    ) -> None:
        self._tracer = tracer
        self._metrics = metrics
        self._propagates = propagates and tracer is not None
        self.now: Callable[[], float] = now
        self._began = now()
        self._wall = time.time_ns()
        self._attempts: list[AttemptTrace] = []
        self.closed: bool = False
        """Whether the task is over: what its calls still do is shown no more."""
        self._records = False
        self.span: Span | None = None
        self.context: Context | None = None
        if tracer is not None:
            parent = _parent_of(task)
            self.span = tracer.start_span(
                "hive.task",
                parent,
                SpanKind.INTERNAL,
                _asked(task, plan),
                start_time=self._wall,
                record_exception=False,
                set_status_on_exception=False,
            )
            self.context = set_span_in_context(self.span, parent)
            self._records = self.span.is_recording()

    def wall(self, at: float) -> int:
        """Nanoseconds since 1970, for a moment of the engine's clock."""
        return self._wall + int((at - self._began) * 1e9)

    def headers(self) -> Mapping[str, str]:
        """What a request of this moment carries. No baggage: it is the application's own."""
        if not self._propagates:
            return _NONE
        carrier: dict[str, str] = {}
        inject(carrier)
        carrier.pop(_BAGGAGE, None)
        return carrier

    # Attempts.

    def begin(self, context: ExecutionContext, call: GenAICall | None) -> AttemptTrace:
        """The executor is called now."""
        attempt = AttemptTrace(context.model_id, context.attempt, self.now(), call)
        self._attempts.append(attempt)
        self._start(attempt, attempt.began)
        return attempt

    def _start(self, attempt: AttemptTrace, began: float) -> None:
        if self._tracer is None:
            return
        attempt.span = self._tracer.start_span(
            attempt.name,
            self.context,
            attempt.kind,
            attempt.start_attributes() if self._records else None,
            start_time=self.wall(began),
            record_exception=False,
            set_status_on_exception=False,
        )
        attempt.context = set_span_in_context(attempt.span, self.context)

    @property
    def is_heard(self) -> bool:
        """Whether anything is made of what a call shows: a trace that is not sampled needs none."""
        return self._records or self._metrics is not None

    def injected(self, model_id: str, number: int, fault: str) -> None:
        """A chaos experiment hits this attempt, which is the last of its number there."""
        for attempt in reversed(self._attempts):
            if (attempt.model_id, attempt.number) == (model_id, number):
                if attempt.span is not None:
                    attempt.span.set_attribute("hive.injected", fault)
                return

    def chunk(self, attempt: AttemptTrace, waited: float) -> None:
        """The model has sent a part of its answer, for which its reader has `waited`."""
        if attempt.first_chunk is None:
            attempt.first_chunk = self.now() - attempt.began
            if self._metrics is not None:
                self._metrics.first_chunk(attempt, attempt.first_chunk)
        elif self._metrics is not None:
            self._metrics.later_chunk(attempt, waited)

    def answered(self, attempt: AttemptTrace) -> None:
        """The call has returned."""
        attempt.answered(self.now())

    def raised(
        self, attempt: AttemptTrace, error: BaseException, context: ExecutionContext
    ) -> None:
        """The call has raised."""
        if not self.closed:
            attempt.raised(error, context, self.now())

    # The end.

    def finish(self, result: TaskResult) -> None:
        """The task has a result, which knows how each attempt was settled."""
        self._settle(result.attempts)
        error = result.error
        outcome = Outcome.SUCCESS if error is None else Outcome.FAILURE
        fault = None if error is None else classify(error)
        self._end(_found(result) if self._records else {}, outcome, fault)

    def cut(self, attempts: Sequence[AttemptRecord]) -> None:
        """The task ends from outside; `attempts` has what is known of them."""
        self._settle(attempts)
        told = {"hive.attempts": len(self._attempts)}
        self._end(told, Outcome.CANCELLED, None)

    def _settle(self, records: Sequence[AttemptRecord]) -> None:
        self.closed = True
        attempts = self._attempts
        if len(attempts) == 1 == len(records) and records[0].number:
            self._settle_by(attempts[0], records[0])  # most tasks, by far
            return
        for attempt, record in tuple(paired(attempts, records)):
            if attempt is None:
                assert record is not None
                self._settle_by(self._never_called(record), record)
            elif record is not None:
                self._settle_by(attempt, record)
            else:
                outcome = presumed(attempt, last=attempt is attempts[-1])
                fault = attempt.fault or Fault.FAILURE
                if outcome is Outcome.CANCELLED:
                    fault = Fault.CANCELLED
                self._settle_one(attempt, outcome, fault, attempt.ended or self.now())

    def _never_called(self, record: AttemptRecord) -> AttemptTrace:
        """An attempt that ended before its executor was called: a hedge that was not needed."""
        began = self._began + record.started_at
        attempt = AttemptTrace(record.model_id, record.number, began, None)
        self._attempts.append(attempt)
        self._start(attempt, began)
        return attempt

    def _settle_by(self, attempt: AttemptTrace, record: AttemptRecord) -> None:
        end = attempt.ended
        if end is None:
            end = self._began + record.started_at + record.duration
        self._settle_one(attempt, record.outcome, fault_of(record), end)

    def _settle_one(
        self, attempt: AttemptTrace, outcome: Outcome, fault: Fault | None, end: float
    ) -> None:
        attempt.settle(outcome, fault, end, self.wall)
        if self._metrics is not None and attempt.call is not None:
            self._metrics.settled(attempt, fault, end - attempt.began)

    def _end(self, told: dict[str, Any], outcome: Outcome, fault: Fault | None) -> None:
        span = self.span
        if span is None:
            return
        if self._records:
            told["hive.outcome"] = outcome.value
            if fault is not None:
                told[semconv.ERROR_TYPE] = fault.value
                span.set_status(Status(StatusCode.ERROR, fault.value))
            span.set_attributes(told)
        span.end(self.wall(self.now()))


def _parent_of(task: Task) -> Context:
    """The context of the caller; without a span in it, that of the request behind the task."""
    here = get_current()
    if task.headers and not get_current_span(here).get_span_context().is_valid:
        return extract(task.headers, here)
    return here


def _asked(task: Task, plan: Plan | None) -> dict[str, Any]:
    told: dict[str, Any] = {"hive.priority": str(task.priority)}
    if plan is not None:
        told["hive.plan"] = _names(plan.model_ids)
    return told


def _found(result: TaskResult) -> dict[str, Any]:
    attempts = result.attempts
    told: dict[str, Any] = {
        "hive.strategy": result.strategy.value,
        "hive.attempts": sum(record.number > 0 for record in attempts),
        "hive.fallback": result.fallback_used,
        "hive.degraded": result.degraded,
    }
    if result.model_used is not None:
        told["hive.model"] = result.model_used[:LONGEST]
    passed = tuple(dict.fromkeys(r.model_id for r in attempts if not r.number))
    if passed:
        told["hive.passed_over"] = _names(passed)
    return told


def _names(model_ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(model_id[:LONGEST] for model_id in model_ids[:_MOST])
