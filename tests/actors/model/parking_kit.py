"""A runtime that hears of waits, and a model that fails as providers do."""

from __future__ import annotations

from typing import Any

from hive_resilience import Runtime, Task
from hive_resilience.errors import (
    RateLimitedError,
)
from hive_resilience.events import (
    WaitCut,
    WaitIgnored,
)

from ...conftest import Virtual
from .patient import Unprobed, hospital

WaitEvent = WaitCut | WaitIgnored
HOUR = 3600.0


def parked_for(runtime: Runtime, model_id: str = "a") -> float:
    return runtime.model(model_id).snapshot().breaker.parked_for


def heard_of_waits(runtime: Runtime) -> list[WaitEvent]:
    heard: list[WaitEvent] = []
    runtime.subscribe(heard.append, WaitCut, WaitIgnored)
    return heard


def failing(virtual: Virtual, error: Exception, **settings: Any) -> tuple[float, list[WaitEvent]]:
    """Seconds that a model is parked for by one failure, and the events about waits."""

    async def main() -> tuple[float, list[WaitEvent]]:
        patient = Unprobed(error=error)
        async with hospital({"a": patient}, **settings) as (runtime, _):
            heard = heard_of_waits(runtime)
            await runtime.execute(Task("x"))
            return parked_for(runtime), heard

    return virtual(main())


def busy(retry_after: Any) -> Exception:
    error = RateLimitedError("slowly")
    error.retry_after = retry_after
    return error
