"""Metrics of the calls of our own HTTP executors, by the GenAI conventions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.metrics import Histogram, Meter

from ....actors.policies.metrics.labels import ModelLabels
from ....actors.policies.outcomes.fault import Fault
from ....actors.policies.outcomes.usage import Usage
from . import semconv
from .genai_call import GenAICall, Labels, Series
from .semconv import Names
from .token_counts import TokenCounts, token_counts

if TYPE_CHECKING:
    from .attempt_trace import AttemptTrace


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
        self._counts: TokenCounts | None = None
        if names.token_usage:
            self._tokens = meter.create_histogram(
                names.token_usage,
                "{token}",
                "Tokens of an operation.",
                explicit_bucket_boundaries_advisory=semconv.TOKENS,
            )
        else:
            self._counts = token_counts(meter, names)

    def first_chunk(self, attempt: AttemptTrace, seconds: float) -> None:
        """A stream has its first content."""
        self._first.record(seconds, self._series(attempt).labels, attempt.context)

    def later_chunk(self, attempt: AttemptTrace, seconds: float) -> None:
        """A stream has more."""
        self._later.record(seconds, self._series(attempt).labels, attempt.context)

    def settled(self, attempt: AttemptTrace, fault: Fault | None, seconds: float) -> None:
        """An attempt is over."""
        assert attempt.call is not None
        series = self._series(attempt)
        if attempt.usage is not None:
            if series.tokens is not None:
                series.tokens.add(attempt.usage, attempt.written)
            else:
                self._record(attempt, attempt.usage, series.labels)
        other = attempt.call.operation == semconv.EMBEDDINGS
        histogram = self._other if other else self._duration
        histogram.record(max(seconds, 0.0), series.after(fault), attempt.context)

    def _record(self, attempt: AttemptTrace, usage: Usage, labels: Labels) -> None:
        assert self._tokens is not None
        for kind, count in (("input", usage.input_tokens), ("output", usage.output_tokens)):
            if count:
                told = {**labels, semconv.TOKEN_TYPE: kind}
                self._tokens.record(count, told, attempt.context)

    def _series(self, attempt: AttemptTrace) -> Series:
        call, answered = attempt.call, attempt.answered_by
        assert call is not None
        label = None if answered is None else self._answered.of(answered)
        found = call.series.get(label)
        if found is None:
            found = call.series[label] = self._made(call, label)
        return found

    def _made(self, call: GenAICall, answered: str | None) -> Series:
        labels = {**call.attributes, semconv.REQUEST_MODEL: self._asked.of(call.model)}
        if answered is not None:
            labels[semconv.RESPONSE_MODEL] = answered
        return Series(labels, None if self._counts is None else self._counts.of(labels))


def _seconds(meter: Meter, name: str, told: str) -> Histogram:
    return meter.create_histogram(
        name, "s", told, explicit_bucket_boundaries_advisory=semconv.SECONDS
    )
