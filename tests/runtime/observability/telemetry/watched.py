"""A fleet whose spans and metrics stay in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext, Tracer

from hive_resilience import Runtime
from hive_resilience.observability import instrument


class _Starts(SpanProcessor):
    """Counts what begins: an exporter sees only what has ended."""

    def __init__(self) -> None:
        self.begun = 0

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        self.begun += 1


class Memory:
    """Providers, and what they have been given."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._starts = _Starts()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(self._starts)
        self.tracers.add_span_processor(SimpleSpanProcessor(self._exporter))
        self._reader = InMemoryMetricReader()
        self.meters = MeterProvider([self._reader])

    def watch(self, runtime: Runtime, **how: Any) -> Runtime:
        """The same runtime, instrumented."""
        instrument(runtime, tracer_provider=self.tracers, meter_provider=self.meters, **how)
        return runtime

    @property
    def tracer(self) -> Tracer:
        """That of an application or an SDK."""
        return self.tracers.get_tracer("application")

    @contextmanager
    def caller(self) -> Generator[SpanContext]:
        """A span of the application round what it does."""
        with self.tracer.start_as_current_span("caller") as span:
            yield span.get_span_context()

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        """All that have ended."""
        return self._exporter.get_finished_spans()

    @property
    def open(self) -> int:
        """How many have begun and not ended."""
        return self._starts.begun - len(self.spans)

    def named(self, name: str) -> list[ReadableSpan]:
        """The spans of this name, in the order of their start."""
        found = [span for span in self.spans if span.name == name]
        return sorted(found, key=lambda span: span.start_time or 0)

    @property
    def task(self) -> ReadableSpan:
        """The one span of the one task."""
        (found,) = self.named("hive.task")
        return found

    @property
    def attempts(self) -> list[ReadableSpan]:
        """The spans of all attempts, in the order of their start."""
        found = [span for span in self.spans if "hive.attempt.number" in (span.attributes or {})]
        return sorted(found, key=lambda span: span.start_time or 0)

    def points(self, name: str) -> list[Any]:
        """The data of a metric."""
        data = self._reader.get_metrics_data()
        return [
            point
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]

    def metrics_as_json(self) -> str:
        """Everything that an exporter of metrics would get."""
        data = self._reader.get_metrics_data()
        return "" if data is None else data.to_json()

    @property
    def instruments(self) -> set[str]:
        """The names of the metrics that have data."""
        data = self._reader.get_metrics_data()
        return {
            metric.name
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


def said(span: ReadableSpan) -> dict[str, Any]:
    """Its attributes."""
    return dict(span.attributes or {})


def settled(spans: list[ReadableSpan]) -> list[tuple[Any, ...]]:
    """Model, number, outcome and error of each attempt."""
    told = map(said, spans)
    return [
        (one["hive.model"], one["hive.attempt.number"], one["hive.outcome"], one.get("error.type"))
        for one in told
    ]


def id_of(span: ReadableSpan) -> int:
    """What its children name as their parent."""
    context = span.get_span_context()
    assert context is not None
    return context.span_id


def parent_of(span: ReadableSpan) -> int | None:
    """The span above it."""
    return None if span.parent is None else span.parent.span_id


def twice(spans: tuple[ReadableSpan, ...]) -> list[int]:
    """The spans that have ended more than once."""
    return [one for one, count in Counter(map(id_of, spans)).items() if count > 1]
