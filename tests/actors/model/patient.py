"""A model that falls ill and gets well, as a test says, and what subscribers hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from math import inf
from typing import Any, TypeVar

from hive_resilience import Runtime, Task
from hive_resilience.events import AlertRaised, AlertResolved, Event

from ...fleet_kit import fleet, model

Alert = AlertRaised | AlertResolved
E = TypeVar("E", bound=Event)


class Patient:
    """Raises `error` where there is one, else answers after `takes` seconds."""

    def __init__(self, *, error: BaseException | None = None, takes: float = 0.0) -> None:
        self.error = error
        self.takes = takes
        self.asked_at: list[float] = []
        self.probed_at: list[float] = []

    async def execute(self, task: Task, context: object) -> str:
        self.asked_at.append(asyncio.get_running_loop().time())
        return await self._do()

    async def check_health(self) -> bool:
        self.probed_at.append(asyncio.get_running_loop().time())
        return bool(await self._do())

    async def _do(self) -> str:
        if self.takes == inf:
            await asyncio.Event().wait()
        await asyncio.sleep(self.takes)
        if self.error is not None:
            raise self.error
        return "well"


class Unprobed(Patient):
    """The same without a health check."""

    check_health = None  # type: ignore[assignment]  # as if it had none


@asynccontextmanager
async def hospital(
    patients: dict[str, Patient], **settings: Any
) -> AsyncGenerator[tuple[Runtime, list[Alert]], None]:
    """A fleet of patients, and its alerts: all of them once it is closed."""
    own = settings.pop("own", {})
    runtime = fleet(*(model(name, one, **own) for name, one in patients.items()), **settings)
    heard: list[Alert] = []
    async with runtime:
        runtime.subscribe(heard.append, AlertRaised, AlertResolved)
        yield runtime, heard


def heard_by(runtime: Runtime, kind: type[E]) -> list[E]:
    """The events of this kind from now on: all of them once the runtime is closed."""
    heard: list[E] = []
    runtime.subscribe(heard.append, kind)
    return heard


async def ask(runtime: Runtime, times: int = 1, *, pause: float = 0.0) -> int:
    """Tasks one after the other; how many succeeded."""
    done = 0
    for _ in range(times):
        done += (await runtime.execute(Task("x"))).success
        await asyncio.sleep(pause)
    return done


def told(heard: Iterable[Alert]) -> list[tuple[str, str, str | None]]:
    """Each alert: raised or resolved, which, and whose."""
    return [
        (type(event).__name__.removeprefix("Alert").lower(), str(event.condition), event.model_id)
        for event in heard
    ]
