"""One attempt: what its call shows, and the span that says how it was settled."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from ....actors.policies.outcomes.attempt import Outcome
from ....actors.policies.outcomes.classify import classify
from ....actors.policies.outcomes.fault import Fault
from ....actors.policies.outcomes.foreign import as_mapping
from ....actors.policies.outcomes.usage import Usage, joined_usage, usage_of
from . import semconv
from .genai_call import GenAICall
from .semconv import a_name, a_reason

if TYPE_CHECKING:
    from ....actors.executor import ExecutionContext

LONGEST = 200
"""Characters of a model's id in a span."""
Attributes = dict[str, Any]


class AttemptTrace:
    """Written by the call while it runs, and settled by its task: the span ends once."""

    __slots__ = (
        *("_error_fault", "answered_by", "began", "call", "context", "ended", "first_chunk"),
        *("model_id", "number", "outcome", "reasons", "settled", "span", "usage", "written"),
    )

    def __init__(self, model_id: str, number: int, began: float, call: GenAICall | None) -> None:
        self.model_id: str = model_id
        self.number: int = number
        self.began: float = began
        self.call: GenAICall | None = call
        self.span: Span | None = None
        self.context: Context | None = None
        self.outcome: Outcome | None = None
        """As the call has shown it; the task may settle it otherwise."""
        self._error_fault: Fault | None = None
        self.ended: float | None = None
        self.first_chunk: float | None = None
        self.answered_by: str | None = None
        self.reasons: list[str] = []
        self.usage: Usage | None = None
        self.written: int = 0
        """Tokens of the input that were written into a cache."""
        self.settled: bool = False

    @property
    def fault(self) -> Fault | None:
        """Which kind of failure the call has shown."""
        return self._error_fault

    def start_attributes(self) -> Attributes:
        """What is known before the call."""
        told: Attributes = {
            "hive.model": self.model_id[:LONGEST],
            "hive.attempt.number": self.number,
        }
        if self.call is not None:
            told.update(self.call.attributes)
        return told

    @property
    def name(self) -> str:
        """The name of its span."""
        if self.call is None:
            return f"hive.attempt {self.model_id[:LONGEST]}"
        return f"{self.call.operation} {self.call.model[:LONGEST]}"

    @property
    def kind(self) -> SpanKind:
        """Whether its span is that of a client, or of something inside of the process."""
        return SpanKind.INTERNAL if self.call is None else SpanKind.CLIENT

    # What the call shows.

    def hear(self, answer: object) -> None:
        """Note of an answer, or a part of one, what the conventions ask for; never its content."""
        if self.call is None:
            return
        try:
            self._hear(answer)
        except Exception:  # an answer is of another's class, and may fail at being looked at
            return

    def _hear(self, answer: object) -> None:
        if self.answered_by is None:
            self.answered_by = a_name(getattr(answer, "model", None))
        reason = a_reason(getattr(answer, "finish_reason", None))
        if reason is not None and reason not in self.reasons:
            self.reasons.append(reason)
        told = as_mapping(getattr(answer, "usage", None))
        if told:
            self.usage = joined_usage(self.usage, usage_of(told))
            written = told.get("cache_creation_input_tokens")
            if type(written) is int and written > 0:
                self.written = written

    def answered(self, now: float) -> None:
        """The call has returned."""
        self.outcome, self.ended = Outcome.SUCCESS, now

    def raised(self, error: BaseException, context: ExecutionContext | None, now: float) -> None:
        """The call has raised; a cancellation at its deadline is a timeout."""
        self.ended = now
        if isinstance(error, Exception):
            self._error_fault = classify(error)
            silent = self._error_fault is Fault.TIMEOUT
            self.outcome = Outcome.TIMEOUT if silent else Outcome.FAILURE
        elif context is not None and context.deadline <= 0.0:
            self.outcome, self._error_fault = Outcome.TIMEOUT, Fault.TIMEOUT
        else:
            self.outcome, self._error_fault = Outcome.CANCELLED, Fault.CANCELLED

    # How it was settled.

    def settle(
        self, outcome: Outcome, fault: Fault | None, end: float, wall: Callable[[float], int]
    ) -> None:
        """End its span; `wall` gives the time that people read for one of the engine's clock."""
        self.settled = True
        span = self.span
        if span is None:
            return
        if span.is_recording():
            span.set_attributes(self._end_attributes(outcome))
            if fault is not None and outcome is not Outcome.CANCELLED:
                span.set_attribute(semconv.ERROR_TYPE, fault.value)
                span.set_status(Status(StatusCode.ERROR, fault.value))
        span.end(wall(max(end, self.began)))

    def _end_attributes(self, outcome: Outcome) -> Attributes:
        told: Attributes = {"hive.outcome": outcome.value}
        if self.call is None:
            return told
        if self.answered_by is not None:
            told[semconv.RESPONSE_MODEL] = self.answered_by
        if self.reasons:
            told[semconv.FINISH_REASONS] = self.reasons
        usage = self.usage
        if usage is not None:
            counts = {
                semconv.SPAN_INPUT: usage.input_tokens,
                semconv.SPAN_OUTPUT: usage.output_tokens,
                semconv.SPAN_CACHE_READ: usage.cached_tokens,
                semconv.SPAN_REASONING: usage.reasoning_tokens,
                self.call.names.span_cache_write: self.written,
            }
            told.update({name: count for name, count in counts.items() if count})
        return told
