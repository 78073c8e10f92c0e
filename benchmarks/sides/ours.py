"""Our side: every protection on, in its default configuration but for the bulkhead's size."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

from hive_resilience import CircuitBreakerConfig, ModelConfig, RetryConfig, Runtime, Task
from hive_resilience.config import BulkheadConfig, HealthCheckConfig

from .names import OURS
from .side import Breakers, Setting, Side

TASK = Task("prompt")
_LONG = 100_000
"""A window that no round of calls fills: a breaker that has to see it full stays closed."""


async def ours(setting: Setting, stack: AsyncExitStack) -> Side:
    """A runtime on the running loop, and one with a loop of its own for callers that block."""
    call = blocking = None
    if setting.models:
        runtime = await stack.enter_async_context(runtime_of(setting, setting.models))
        _open_first(runtime, setting)
        call = runtime.execute
    if setting.blocking:
        threaded = stack.enter_context(runtime_of(setting, setting.blocking))
        _open_first(threaded, setting)
        blocking = threaded.submit
    return Side(
        OURS,
        None if call is None else lambda: call(TASK),
        None if blocking is None else lambda: blocking(TASK).result(),
    )


def runtime_of(setting: Setting, executors: tuple[Any, ...], **how: Any) -> Runtime:
    """A runtime with the models of a setting, not yet started."""
    return Runtime(
        **how,
        models=[
            ModelConfig(
                id=f"model {number}",
                executor=executor,
                timeout=setting.timeout,
                circuit_breaker=_breaker(setting),
                bulkhead=BulkheadConfig(max_concurrent=max(25, setting.in_flight)),
                health_check=HealthCheckConfig(
                    interval=setting.probe_interval, timeout=min(5.0, setting.timeout)
                ),
                retry=_retry(setting),
            )
            for number, executor in enumerate(executors)
        ],
    )


def _open_first(runtime: Runtime, setting: Setting) -> None:
    if setting.breakers is Breakers.FIRST_OPEN:
        runtime.model("model 0").force_open()


def _breaker(setting: Setting) -> CircuitBreakerConfig:
    if setting.breakers is not Breakers.NEVER_OPEN:
        return CircuitBreakerConfig(recovery_timeout=setting.recovery, slow_call=setting.slow_call)
    return CircuitBreakerConfig(failure_threshold=1_000_000, min_calls=_LONG, window=_LONG)


def _retry(setting: Setting) -> RetryConfig:
    """No side retries where each call is to meet one failure: else the run measures waiting."""
    return RetryConfig(max_retries=0) if setting.breakers is Breakers.NEVER_OPEN else RetryConfig()
