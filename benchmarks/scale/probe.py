"""One fleet's figures as JSON: `python -m benchmarks.scale.probe MODELS [SHARE]`."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import threading
import time
import tracemalloc
from collections.abc import Sequence
from typing import Any

from hive_resilience import ModelConfig, Runtime, RuntimeConfig, Task
from hive_resilience.config import BulkheadConfig, GlobalConfig

from ..measuring.models import instant
from ..measuring.subprocesses import run_module
from ..measuring.surroundings import resident_mib

_IN_FLIGHT = (1, 100, 10_000)
_STRATEGIES = ("sequential", "weighted", "random")
_ROUNDS, _FEW_ROUNDS = 7, 2
_CALLS = 2_000
_TASK = Task("prompt")
_BULKHEAD = BulkheadConfig(max_concurrent=10_000)
_MIB = 1024 * 1024


def main(size: int, share: float) -> dict[str, Any]:
    """All figures; memory is traced in a second process, as tracing slows everything down."""
    Runtime(models=[_model(0)])  # a late import counts for no figure
    gc.collect()
    before = resident_mib()
    found = asyncio.run(_live(size, share))
    found["resident_bytes"] = (found.pop("resident_mib") - before) * _MIB
    traced = asyncio.run(run_module("benchmarks.scale.probe", str(size), "traced"))
    found["traced_bytes"] = traced
    return found


def _model(number: int) -> ModelConfig:
    return ModelConfig(id=f"model {number}", executor=instant, bulkhead=_BULKHEAD)


def _fleet(size: int) -> Runtime:
    settings = GlobalConfig(max_concurrent_requests=20_000)
    return Runtime(
        RuntimeConfig(global_=settings), models=[_model(number) for number in range(size)]
    )


async def _live(size: int, share: float) -> dict[str, Any]:
    runtime = _fleet(size)
    started, cpu = time.perf_counter(), time.process_time()
    async with runtime:
        start, start_cpu = time.perf_counter() - started, time.process_time() - cpu
        gc.collect()
        resident, threads = resident_mib(), threading.active_count()
        costs = await _costs(runtime, share)
        stopping, cpu = time.perf_counter(), time.process_time()
    stop, stop_cpu = time.perf_counter() - stopping, time.process_time() - cpu
    found = {"size": size, "start": start, "stop": stop, "threads": threads}
    found |= {"start_cpu": start_cpu, "stop_cpu": stop_cpu}
    return found | {"resident_mib": resident, "costs": costs}


async def _costs(runtime: Runtime, share: float) -> dict[str, float]:
    size = len(runtime.snapshot().models)
    # The first call of a model makes its window and its latencies; that is not what repeats.
    await _cost(runtime, "random", 1, int(3 * size * share))
    costs = {}
    for strategy in _STRATEGIES:
        for in_flight in _IN_FLIGHT:
            calls = max(in_flight, int(_CALLS * share))
            rounds = 1 if share < 1 else _ROUNDS if in_flight < _CALLS else _FEW_ROUNDS
            taken = [await _cost(runtime, strategy, in_flight, calls) for _ in range(rounds)]
            costs[f"{strategy}, {in_flight:,} in flight"] = min(taken)
    runtime.model("model 0").force_open()
    taken = [await _cost(runtime, "sequential", 1, int(_CALLS * share)) for _ in range(3)]
    costs["sequential, first model open, 1 in flight"] = min(taken)
    return costs


async def _cost(runtime: Runtime, strategy: str, in_flight: int, calls: int) -> float:
    """Microseconds of CPU a task."""
    started = time.process_time()
    if in_flight == 1:
        for _ in range(calls):
            await runtime.execute(_TASK, strategy=strategy)
    else:
        for _ in range(calls // in_flight):
            work = [runtime.execute(_TASK, strategy=strategy) for _ in range(in_flight)]
            await asyncio.gather(*work)
    return (time.process_time() - started) / calls * 1e6


async def _traced(size: int) -> int:
    Runtime(models=[_model(0)])
    gc.collect()
    tracemalloc.start()
    async with _fleet(size):
        gc.collect()
        now, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return now


def _from(arguments: Sequence[str]) -> Any:
    size, how = int(arguments[0]), arguments[1] if len(arguments) > 1 else "1"
    return asyncio.run(_traced(size)) if how == "traced" else main(size, float(how))


if __name__ == "__main__":
    print(json.dumps(_from(sys.argv[1:])))
