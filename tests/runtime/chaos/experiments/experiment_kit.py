"""Experiments for tests, written as a file has them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

from hive_resilience import Runtime, Task
from hive_resilience.chaos import Experiment, Journal, run_experiment
from hive_resilience.runtime.chaos.experiments.document import experiment_of

from ..chaos_kit import chaotic

MODULE = "hive_resilience.chaos"


def python(func: str, **arguments: Any) -> dict[str, Any]:
    return {"type": "python", "module": MODULE, "func": func, "arguments": arguments}


def action(func: str, after: float = 0.0, **arguments: Any) -> dict[str, Any]:
    provider = python(func, **arguments)
    return {"type": "action", "name": func, "provider": provider, "pauses": {"after": after}}


def probe(func: str, tolerance: Any = None, **arguments: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "probe", "name": func, "provider": python(func, **arguments)}
    return found if tolerance is None else {**found, "tolerance": tolerance}


ANSWERED = probe("success_rate", [0.95, 1.0], window=10)
REFUSED = action("inject", 5.0, fault="fault", models=["a"], share=1.0, duration=10)


def experiment(*method: Any, steady: Any = (ANSWERED,), **more: Any) -> Experiment:
    """An experiment whose last step clears everything."""
    content = {
        "title": "A test",
        "steady-state-hypothesis": {"title": "well", "probes": list(steady)},
        "method": list(method or [REFUSED]),
        "rollbacks": [action("clear")],
        **more,
    }
    return experiment_of(content)


@asynccontextmanager
async def under_load(runtime: Runtime) -> AsyncGenerator[Runtime]:
    """Ten tasks a second."""

    async def load() -> None:
        async with asyncio.TaskGroup() as tasks:
            while True:
                tasks.create_task(runtime.execute(Task({"messages": []})))
                await asyncio.sleep(0.1)

    async with runtime:
        work = asyncio.create_task(load())
        await asyncio.sleep(1.0)
        try:
            yield runtime
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work


async def ran(one: Experiment, runtime: Runtime | None = None, **how: Any) -> Journal:
    """The journal of a run on a fleet under load."""
    async with under_load(runtime or chaotic("a", "b")) as fleet:
        journal = await run_experiment(one, fleet, **how)
        assert fleet.chaos.running() == ()
        return journal
