"""A runtime that is watched in one way or another, and what it is called with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, NamedTuple

from hive_resilience import ModelConfig, Runtime, RuntimeConfig
from hive_resilience.config import BulkheadConfig, GlobalConfig, HealthCheckConfig
from hive_resilience.observability import instrument, metrics_text

OFF, TEXT, TELEMETRY = "everything off", "/metrics each second", "spans and metrics of OTel"
HISTORY, ALERTS, ALL = "history", "alerts with a channel", "everything on"
AT_ONCE = 32
_SECOND = 1.0


class Mode(NamedTuple):
    """What watches a runtime."""

    text: bool = False
    telemetry: bool = False
    history: bool = False
    alerts: bool = False


MODES: dict[str, Mode] = {
    OFF: Mode(),
    TEXT: Mode(text=True),
    TELEMETRY: Mode(telemetry=True),
    HISTORY: Mode(history=True),
    ALERTS: Mode(alerts=True),
    ALL: Mode(True, True, True, True),
}


@asynccontextmanager
async def watched(mode: Mode, executor: object, folder: str) -> AsyncIterator[Runtime]:
    """A runtime of one model, an endpoint or a function; `folder` has its history."""
    target: dict[str, Any] = (
        {"endpoint": executor} if isinstance(executor, str) else {"executor": executor}
    )
    model = ModelConfig(
        id="tiny",
        bulkhead=BulkheadConfig(max_concurrent=AT_ONCE),
        health_check=HealthCheckConfig(enabled=False),
        **target,
    )
    settings: dict[str, Any] = {}
    if mode.alerts:
        settings["alerts"] = {"channels": [{"type": "log", "name": "log"}]}
    if mode.history:
        settings["history"] = folder
    runtime = Runtime(RuntimeConfig(global_=GlobalConfig(**settings), models=(model,)))
    async with AsyncExitStack() as stack:
        if mode.telemetry:
            _instrument(runtime, stack)
        await stack.enter_async_context(runtime)
        if mode.text:
            await stack.enter_async_context(_each_second(lambda: metrics_text(runtime)))
        yield runtime


def _instrument(runtime: Runtime, stack: AsyncExitStack) -> None:
    """The SDK in memory: spans are made and dropped in batches, as an exporter would take them."""
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

    class Dropping(SpanExporter):
        def export(self, spans: object) -> SpanExportResult:
            return SpanExportResult.SUCCESS

    tracers = TracerProvider(shutdown_on_exit=False)
    tracers.add_span_processor(BatchSpanProcessor(Dropping()))
    meters = MeterProvider([InMemoryMetricReader()], shutdown_on_exit=False)
    stack.callback(meters.shutdown)
    stack.callback(tracers.shutdown)
    instrument(runtime, tracer_provider=tracers, meter_provider=meters)


@asynccontextmanager
async def _each_second(work: Callable[[], object]) -> AsyncIterator[None]:
    async def repeat() -> None:
        while True:
            work()
            await asyncio.sleep(_SECOND)

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
