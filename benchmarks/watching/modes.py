"""A runtime that is watched in one way or another, and what it is called with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, NamedTuple

from hive_resilience import ModelConfig, Runtime, RuntimeConfig, Task
from hive_resilience.config import BulkheadConfig, GlobalConfig, HealthCheckConfig
from hive_resilience.observability import instrument, metrics_text

from ..http.side import MESSAGES
from . import sdk

OFF, TEXT, HISTORY = "everything off", "/metrics each second", "history"
ALERTS, OURS = "alerts with a channel", "these three"
BARE, TELEMETRY = "OTel's SDK alone", "OTel through us"
TENTH, ALL = "OTel through us, a tenth sampled", "everything on"
AT_ONCE = 32
_SECOND = 1.0
Call = Callable[[], Awaitable[object]]


class Mode(NamedTuple):
    """What watches a runtime. `sampled` is the share of traces that OpenTelemetry keeps."""

    text: bool = False
    history: bool = False
    alerts: bool = False
    telemetry: bool = False
    bare: bool = False
    sampled: float = 1.0


MODES: dict[str, Mode] = {
    OFF: Mode(),
    TEXT: Mode(text=True),
    HISTORY: Mode(history=True),
    ALERTS: Mode(alerts=True),
    OURS: Mode(text=True, history=True, alerts=True),
    BARE: Mode(bare=True),
    TELEMETRY: Mode(telemetry=True),
    TENTH: Mode(telemetry=True, sampled=0.1),
    ALL: Mode(text=True, history=True, alerts=True, telemetry=True),
}


@asynccontextmanager
async def watched(mode: Mode, executor: object, folder: str) -> AsyncIterator[Call]:
    """Calls one model, an endpoint or a function, while it is watched; `folder`: the history's."""
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
        call = _call(runtime)
        if mode.telemetry or mode.bare:
            tracers, meters = sdk.providers(stack, mode.sampled)
            if mode.bare:
                call = sdk.bare(call, tracers, meters)
            else:
                instrument(runtime, tracer_provider=tracers, meter_provider=meters)
        await stack.enter_async_context(runtime)
        if mode.text:
            await stack.enter_async_context(_each_second(lambda: metrics_text(runtime)))
        yield call


def _call(runtime: Runtime) -> Call:
    async def call() -> object:
        return (await runtime.execute(Task({"messages": MESSAGES}))).unwrap()

    return call


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
