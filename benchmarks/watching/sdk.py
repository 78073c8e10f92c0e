"""OpenTelemetry's SDK as an application sets it up, and what a call costs it alone."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

from opentelemetry.context import attach, detach
from opentelemetry.propagate import inject
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, set_span_in_context

_TASK: Mapping[str, Any] = {"hive.priority": "normal"}
_TASK_DONE: Mapping[str, Any] = {
    "hive.strategy": "sequential",
    "hive.attempts": 1,
    "hive.fallback": False,
    "hive.degraded": False,
    "hive.model": "tiny",
    "hive.outcome": "success",
}
_LABELS: Mapping[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "tiny",
    "server.address": "127.0.0.1",
    "server.port": 80,
}
_ATTEMPT: Mapping[str, Any] = {"hive.model": "tiny", "hive.attempt.number": 1, **_LABELS}
_ATTEMPT_DONE: Mapping[str, Any] = {
    "hive.outcome": "success",
    "gen_ai.response.model": "tiny",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 9,
    "gen_ai.usage.output_tokens": 60,
}
_SERIES: Mapping[str, Any] = {**_LABELS, "gen_ai.response.model": "tiny"}
_BOUNDS = tuple(0.01 * 2**k for k in range(14))


class Dropping(SpanExporter):
    """Takes spans in batches, as an exporter does, and forgets them."""

    def export(self, spans: object) -> SpanExportResult:
        """Nothing is sent: what an exporter costs is its own."""
        return SpanExportResult.SUCCESS


def providers(stack: AsyncExitStack, share: float = 1.0) -> tuple[TracerProvider, MeterProvider]:
    """Both providers in memory; `share` of the traces are sampled."""
    sampler = ParentBased(TraceIdRatioBased(share))
    tracers = TracerProvider(sampler=sampler, shutdown_on_exit=False)
    tracers.add_span_processor(BatchSpanProcessor(Dropping()))
    meters = MeterProvider([InMemoryMetricReader()], shutdown_on_exit=False)
    stack.callback(meters.shutdown)
    stack.callback(tracers.shutdown)
    return tracers, meters


def bare(
    call: Callable[[], Awaitable[object]], tracers: TracerProvider, meters: MeterProvider
) -> Callable[[], Awaitable[object]]:
    """The call with the same spans, attributes and records round it, and no code of ours."""
    tracer = tracers.get_tracer("bare")
    duration = meters.get_meter("bare").create_histogram(
        "duration", "s", explicit_bucket_boundaries_advisory=_BOUNDS
    )

    async def watched() -> object:
        task = tracer.start_span("hive.task", attributes=_TASK)
        above = set_span_in_context(task)
        outer = attach(above)
        attempt = tracer.start_span("chat tiny", above, SpanKind.CLIENT, _ATTEMPT)
        here = set_span_in_context(attempt, above)
        inner = attach(here)
        begun = time.perf_counter()
        try:
            inject({})
            return await call()
        finally:
            detach(inner)
            if attempt.is_recording():
                attempt.set_attributes(_ATTEMPT_DONE)
            attempt.end()
            duration.record(time.perf_counter() - begun, _SERIES, here)
            if task.is_recording():
                task.set_attributes(_TASK_DONE)
            task.end()
            detach(outer)

    return watched
