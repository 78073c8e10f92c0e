"""A program as users write it: `make check` has mypy and pyright look at it, both strictly.

It is run as a test too. A comment with an `ignore` stands where a mistake has to be found: without
the mistake the comment would be one too many, which both report.
"""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import assert_type

from hive_resilience import (
    CircuitBreakerConfig,
    ExecutionContext,
    ModelConfig,
    ModelStatus,
    Plan,
    RetryConfig,
    Runtime,
    RuntimeConfig,
    Strategy,
    Task,
    TaskResult,
)
from hive_resilience.config import GlobalConfig, GroupConfig, HealthCheckConfig, Jitter
from hive_resilience.errors import AllModelsFailedError, ResilienceError
from hive_resilience.events import CircuitChanged, Event, HealthChanged, Reloaded
from hive_resilience.policies import State
from hive_resilience.snapshots import DrainReport, ModelSnapshot


async def small(task: Task) -> str:
    return f"small says: {task.payload}"


def large(task: Task) -> str:
    return f"large says: {task.payload}"


class Both:
    async def execute(self, task: Task, context: ExecutionContext) -> str:
        return f"{context.model_id} has {context.deadline:.0f} s"

    async def stream(self, task: Task, context: ExecutionContext) -> AsyncGenerator[str, None]:
        yield context.model_id


CONFIG = RuntimeConfig(
    global_=GlobalConfig(
        default_timeout="30s",
        task_timeout=timedelta(minutes=2),
        drain_timeout=20,
        hedge_delay="p95",
        default_strategy="weighted",
        when_none_available="wait",
    ),
    models=[
        ModelConfig(
            id="small",
            executor=small,
            timeout=timedelta(seconds=5),
            fallbacks=["large"],
            isolation="none",
            circuit_breaker=CircuitBreakerConfig(recovery_timeout="1m", slow_call=None),
            retry=RetryConfig(jitter=True, base_delay="10ms", retryable_errors=[418, "Busy"]),
            health_check=HealthCheckConfig(interval="10s"),
        ),
        ModelConfig(id="large", executor=large, retry=RetryConfig(jitter=Jitter.NONE)),
    ],
    groups=[GroupConfig(name="all", models=["small", "large"], strategy="random", timeout=3)],
)


def what_is_read_has_one_type(config: RuntimeConfig) -> None:
    assert_type(config.global_.default_timeout, float)
    assert_type(config.global_.default_strategy, Strategy)
    assert_type(config.models, tuple[ModelConfig, ...])
    assert_type(config.models[0].timeout, float | None)
    assert_type(config.models[0].retry.jitter, Jitter)


def mistakes_are_found() -> None:
    GlobalConfig(default_timeout=[30])  # type: ignore[arg-type]
    GlobalConfig(default_timeuot=30)  # type: ignore[call-arg]


def on_health(event: HealthChanged) -> None:
    assert_type(event.after, ModelStatus)


def on_either(event: HealthChanged | CircuitChanged) -> str:
    return event.model_id


def on_any(event: Event) -> None:
    assert_type(event.at, datetime)


def subscriptions(runtime: Runtime) -> None:
    runtime.subscribe(on_any)
    runtime.subscribe(on_any, HealthChanged, CircuitChanged, Reloaded)
    runtime.subscribe(on_either, HealthChanged, CircuitChanged)
    seen: list[HealthChanged] = []
    runtime.subscribe(seen.append, HealthChanged)
    forget = runtime.subscribe(on_health, HealthChanged)
    forget()


def mistaken_subscription(runtime: Runtime) -> None:
    runtime.subscribe(on_health, CircuitChanged)  # type: ignore[arg-type]
    runtime.subscribe(on_health)  # type: ignore[arg-type]


async def first_change(runtime: Runtime) -> CircuitChanged | None:
    async with aclosing(runtime.events(CircuitChanged)) as events:
        runtime.model("small").trip()
        async for event in events:
            assert_type(event, CircuitChanged)
            assert_type(event.after, State)
            return event
    return None


async def answers(runtime: Runtime) -> list[str]:
    plan = Plan("small", strategy="sequential")
    result: TaskResult[str] = await runtime.execute(Task("hi"), plan=plan)
    others: list[TaskResult[str]] = await runtime.execute_all([Task(1), Task(2)], strategy="random")
    return [result.unwrap(), *(other.value for other in others)]


def fetch(city: str, days: int = 1) -> float:
    return len(city) / days


async def mistaken_call(runtime: Runtime) -> None:
    await runtime.call("small", fetch, 3)  # type: ignore[arg-type]


async def calls(runtime: Runtime) -> None:
    assert_type(await runtime.call("small", fetch, "Rome"), float)
    assert_type(await runtime.call("small", asyncio.sleep, 0, "done", timeout=1.0), str)


async def operations(runtime: Runtime) -> None:
    model = runtime.model("small")
    assert_type(model.snapshot(), ModelSnapshot)
    assert_type(await model.check_health(), ModelStatus)
    assert_type(await runtime.reload(CONFIG), Reloaded)
    await runtime.remove_model("large")
    assert_type(await runtime.drain(1.0), DrainReport)


def from_a_thread(runtime: Runtime) -> None:
    """The same calls in a blocking program."""
    assert_type(runtime.model("small").check_health().get(timeout=5), ModelStatus)
    assert_type(runtime.reload(CONFIG).get(timeout=5), Reloaded)
    runtime.remove_model("large").get(timeout=5)
    answer: TaskResult[str] = runtime.submit(Task("hi")).result(timeout=5)
    print(answer.unwrap())
    assert_type(runtime.drain(1.0).get(timeout=5), DrainReport)


async def chunks(runtime: Runtime) -> str:
    async with runtime.stream(Task("hi")) as stream:
        text = "".join([str(chunk) async for chunk in stream])
    return text if stream.result.success else ""


async def main() -> list[str]:
    more = [ModelConfig(id="both"), ModelConfig(id="brief", executor=lambda task: "in brief")]
    async with Runtime(CONFIG, models=more, executors={"both": Both()}) as runtime:
        subscriptions(runtime)
        try:
            found = await answers(runtime)
            found.append(await chunks(runtime))
        except AllModelsFailedError as error:
            found = [f"{record.model_id}: {record.error}" for record in error.attempts]
        except ResilienceError as error:
            found = [error.code]
        assert await first_change(runtime) is not None
        runtime.model("small").reset()
        await calls(runtime)
        await operations(runtime)
    return found


if __name__ == "__main__":
    print(asyncio.run(main()))
