"""How long watching holds the loop at a time: `python -m benchmarks.watching.steps [MODELS]`.

Every callback of the loop is timed in CPU time of its thread, so that a busy machine says little
against it. Each model is asked once a second; history, alerts with rules of every kind and
OpenTelemetry are on, a page of metrics is written every second, and an exporter reads.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import tempfile
import time
from asyncio import events
from collections import defaultdict
from contextlib import AsyncExitStack
from typing import Any

from hive_resilience import ModelConfig, Plan, Runtime, RuntimeConfig, Task
from hive_resilience.config import AlertRuleConfig, AlertsConfig, GlobalConfig, LogChannelConfig
from hive_resilience.observability import instrument
from hive_resilience.runtime.metrics import text_in_slices

from ..measuring.surroundings import load_average, surroundings
from . import sdk

_SECONDS = 25
_RULES = [
    AlertRuleConfig(name=metric, metric=metric, threshold=1.0)
    for metric in ("error_rate", "latency_p95", "latency_mean", "tokens_per_minute", "queue")
]


async def _answer(task: Task) -> str:
    return "answer"


class Timed:
    """The longest callbacks, by what they run."""

    def __init__(self) -> None:
        self.longest: dict[str, float] = defaultdict(float)
        self._run = events.Handle._run

    def __enter__(self) -> Timed:
        run, longest = self._run, self.longest

        def timed(handle: events.Handle) -> None:
            begun = time.thread_time()
            run(handle)
            took = time.thread_time() - begun
            if took > 0.0005:
                name = _name(handle)
                longest[name] = max(longest[name], took)

        events.Handle._run = timed  # type: ignore[method-assign, assignment]
        return self

    def __exit__(self, *_: object) -> None:
        events.Handle._run = self._run  # type: ignore[method-assign]


def _name(handle: Any) -> str:
    callback = handle._callback
    if callback is None:
        return "cancelled"
    task = getattr(callback, "__self__", None)
    if isinstance(task, asyncio.Task):
        return f"task {getattr(task.get_coro(), '__qualname__', task)}"
    return getattr(callback, "__qualname__", repr(callback))


async def _measured(models: int) -> dict[str, float]:
    fleet = tuple(ModelConfig(id=f"model-{n}", executor=_answer) for n in range(models))
    with tempfile.TemporaryDirectory() as folder:
        alerts = AlertsConfig(rules=_RULES, channels=[LogChannelConfig(name="log")])
        config = RuntimeConfig(global_=GlobalConfig(history=folder, alerts=alerts), models=fleet)
        async with AsyncExitStack() as stack:
            tracers, meters = sdk.providers(stack)
            runtime = Runtime(config)
            instrument(runtime, tracer_provider=tracers, meter_provider=meters)
            await stack.enter_async_context(runtime)
            gc.collect()
            gc.freeze()  # a walk through all that was imported is not ours
            with Timed() as timed:
                until = time.monotonic() + _SECONDS
                while time.monotonic() < until:
                    await _second(runtime, meters)
                return dict(timed.longest)


async def _second(runtime: Runtime, meters: Any) -> None:
    for model_id in list(runtime._fleet.members):
        await runtime.execute(Task("hello"), plan=Plan(model_id))
    await text_in_slices(runtime, (), openmetrics=False)
    await asyncio.to_thread(meters.force_flush)
    await asyncio.sleep(0.2)


def main() -> None:
    """Measure and print."""
    models = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print("\n".join(f"{key}: {value}" for key, value in surroundings().items()))
    found = asyncio.run(_measured(models))
    print(f"{models} models, each asked once a second; callbacks of more than 0.5 ms:")
    for name, took in sorted(found.items(), key=lambda one: -one[1]):
        print(f"{took * 1e3:8.2f} ms  {name}")
    print(f"load average at the end: {load_average()}")


if __name__ == "__main__":
    main()
