"""Sends calls and measures them: CPU time of the whole process, latencies, throughput."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median, quantiles

Call = Callable[[], Awaitable[object]]
BlockingCall = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Sample:
    """What one round of calls has taken; latencies in seconds."""

    calls: int
    cpu: float
    wall: float
    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Summary:
    """The medians of some rounds."""

    cpu_us: float
    spread: float
    """The rounds lie within this share of the median, without the extreme quarters."""
    p50_us: float
    p99_us: float
    per_second: float
    rounds: int


async def sample(call: Call, in_flight: int, calls: int) -> Sample:
    """So many calls, always `in_flight` of them at once; a caller makes its calls in turn."""
    latencies: list[float] = []
    clock = time.perf_counter
    each = max(1, calls // in_flight)

    async def caller() -> None:
        for _ in range(each):
            started = clock()
            await call()
            latencies.append(clock() - started)

    cpu, wall = time.process_time(), clock()
    if in_flight == 1:
        await caller()
    else:
        await asyncio.gather(*[caller() for _ in range(in_flight)])
    return _sample(latencies, time.process_time() - cpu, clock() - wall)


def sample_from_threads(call: BlockingCall, in_flight: int, calls: int) -> Sample:
    """As `sample`, each caller in a thread of its own."""
    latencies: list[float] = []
    clock = time.perf_counter
    each = max(1, calls // in_flight)

    def caller() -> None:
        for _ in range(each):
            started = clock()
            call()
            latencies.append(clock() - started)

    if in_flight == 1:
        cpu, wall = time.process_time(), clock()
        caller()
        return _sample(latencies, time.process_time() - cpu, clock() - wall)
    with ThreadPoolExecutor(in_flight) as pool:
        cpu, wall = time.process_time(), clock()
        for done in [pool.submit(caller) for _ in range(in_flight)]:
            done.result()
        return _sample(latencies, time.process_time() - cpu, clock() - wall)


def summary(samples: Sequence[Sample]) -> Summary:
    """The medians over the rounds."""
    costs = [one.cpu / one.calls * 1e6 for one in samples]
    middle = median(costs)
    low, _, high = quantiles(costs, n=4) if len(costs) > 1 else (middle, middle, middle)
    return Summary(
        cpu_us=middle,
        spread=(high - low) / 2 / middle if middle else 0.0,
        p50_us=median(one.p50 for one in samples) * 1e6,
        p99_us=median(one.p99 for one in samples) * 1e6,
        per_second=median(one.calls / one.wall for one in samples),
        rounds=len(samples),
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which so large a share of them lies; 0 where there are none."""
    if not values:
        return 0.0
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _sample(latencies: list[float], cpu: float, wall: float) -> Sample:
    p50, p99 = quantile(latencies, 0.5), quantile(latencies, 0.99)
    return Sample(len(latencies), cpu, wall, p50, p99)
