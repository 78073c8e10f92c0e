"""Metrics of the calls of our own HTTP executors, by the GenAI conventions."""

from __future__ import annotations

from typing import Any

from opentelemetry.metrics import Counter, Histogram, Meter

from ....actors.policies.metrics.labels import ModelLabels
from ....actors.policies.outcomes.fault import Fault
from ....actors.policies.outcomes.usage import Usage
from . import semconv
from .attempt_trace import AttemptTrace, Attributes
from .semconv import Names


class GenAIMetrics:
    """The instruments. Labels are bounded: names of models by their number, all else by a list."""

    def __init__(self, meter: Meter, names: Names) -> None:
        self._asked, self._answered = ModelLabels(), ModelLabels()
        self._duration = _seconds(meter, names.duration, "Duration of an inference.")
        self._other = self._duration
        if names.other_duration != names.duration:
            told = "Duration of an operation that is no inference."
            self._other = _seconds(meter, names.other_duration, told)
        self._first = _seconds(meter, names.first_chunk, "Time to the first chunk of a stream.")
        self._later = _seconds(meter, names.per_chunk, "Time to each later chunk of a stream.")
        self._tokens: Histogram | None = None
        if names.token_usage:
            self._tokens = meter.create_histogram(
                names.token_usage,
                "{token}",
                "Tokens of an operation.",
                explicit_bucket_boundaries_advisory=semconv.TOKENS,
            )
        self._counters: dict[str, Counter] = {
            name: meter.create_counter(name, "{token}", "Tokens of inferences.")
            for name in (
                *(names.input_tokens, names.output_tokens, names.cache_read),
                *(names.cache_write, names.reasoning),
            )
            if name
        }
        self._names = names

    def first_chunk(self, attempt: AttemptTrace, seconds: float) -> None:
        """A stream has its first content."""
        self._first.record(seconds, self._labels(attempt), attempt.context)

    def later_chunk(self, attempt: AttemptTrace, seconds: float) -> None:
        """A stream has more."""
        self._later.record(seconds, self._labels(attempt), attempt.context)

    def settled(self, attempt: AttemptTrace, fault: Fault | None, seconds: float) -> None:
        """An attempt is over."""
        assert attempt.call is not None
        labels = self._labels(attempt)
        if attempt.usage is not None:
            self._count(attempt, attempt.usage, labels)
        if fault is not None:
            labels = {**labels, semconv.ERROR_TYPE: fault.value}
        other = attempt.call.operation == semconv.EMBEDDINGS
        histogram = self._other if other else self._duration
        histogram.record(max(seconds, 0.0), labels, attempt.context)

    def _count(self, attempt: AttemptTrace, usage: Usage, labels: Attributes) -> None:
        names = self._names
        if self._tokens is not None:
            for kind, count in (("input", usage.input_tokens), ("output", usage.output_tokens)):
                if count:
                    told = {**labels, semconv.TOKEN_TYPE: kind}
                    self._tokens.record(count, told, attempt.context)
            return
        told = {**labels, semconv.MODALITY: "unknown"}
        for name, count in (
            (names.input_tokens, usage.input_tokens),
            (names.output_tokens, usage.output_tokens),
            (names.cache_read, usage.cached_tokens),
            (names.cache_write, attempt.written),
            (names.reasoning, usage.reasoning_tokens),
        ):
            if count:
                self._counters[name].add(count, told, attempt.context)

    def _labels(self, attempt: AttemptTrace) -> Attributes:
        assert attempt.call is not None
        labels: dict[str, Any] = dict(attempt.call.attributes)
        labels[semconv.REQUEST_MODEL] = self._asked.of(attempt.call.model)
        if attempt.answered_by is not None:
            labels[semconv.RESPONSE_MODEL] = self._answered.of(attempt.answered_by)
        return labels


def _seconds(meter: Meter, name: str, told: str) -> Histogram:
    return meter.create_histogram(
        name, "s", told, explicit_bucket_boundaries_advisory=semconv.SECONDS
    )
