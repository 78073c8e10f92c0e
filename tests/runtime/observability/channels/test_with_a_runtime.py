"""A runtime whose channels are dead serves its tasks as one that has none."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.config import (
    AlertsConfig,
    CallbackChannelConfig,
    GlobalConfig,
    RuntimeConfig,
)
from hive_resilience.observability import Notification

from ....conftest import Virtual


async def answers(task: Task) -> str:
    await asyncio.sleep(0.5)
    return "an answer"


async def fails(task: Task) -> str:
    raise ConnectionError("canary")


async def hangs(_: Notification) -> None:
    while True:
        try:
            await asyncio.sleep(1e6)
        except asyncio.CancelledError:
            continue


async def raises(_: Notification) -> None:
    raise ValueError("canary")


def settings(*functions: Any) -> RuntimeConfig:
    channels = [
        CallbackChannelConfig(name=f"channel {at}", function=function)
        for at, function in enumerate(functions)
    ]
    alerts = AlertsConfig(channels=channels, group_wait="0s", group_interval="1s")
    models = [ModelConfig(id="dead", executor=fails), ModelConfig(id="well", executor=answers)]
    return RuntimeConfig(global_=GlobalConfig(alerts=alerts), models=models)


async def served(config: RuntimeConfig) -> tuple[list[float], float]:
    """When each task was done, and how long the end took."""
    clock = asyncio.get_running_loop().time
    done: list[float] = []
    async with Runtime(config) as runtime:
        for _ in range(60):
            result = await runtime.execute(Task("x"))
            assert result.model_used == "well"
            done.append(clock())
        leaving = clock()
    return done, clock() - leaving


def since_the_first(times: list[float]) -> list[float]:
    return [at - times[0] for at in times]


def test_tasks_take_as_long_as_without_channels_and_the_end_is_in_time(virtual: Virtual) -> None:
    told: list[Notification] = []

    async def hears(notification: Notification) -> None:
        told.append(notification)

    without, _ = virtual(served(settings()))
    with_dead, end = virtual(served(settings(hangs, raises, hears)))

    assert since_the_first(with_dead) == pytest.approx(since_the_first(without))
    assert end <= 5.0
    assert "circuit_open" in [alert.name for one in told for alert in one.alerts]
    assert "canary" not in repr(told)
