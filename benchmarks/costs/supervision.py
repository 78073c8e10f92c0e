"""What a crash costs: until the actor behind the same reference answers again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from statistics import median
from time import perf_counter
from typing import Any

from hive_resilience import Actor, ChildSpec, ModelConfig, Runtime
from hive_resilience.actors.engine.reference import ActorRef
from hive_resilience.config import RestartConfig

from ..measuring.timing import Case, Run
from .policies import answer

ASKS = "bare two asks of an actor, awaited"
BLOCKING_ASKS = "bare two asks of an actor, blocking caller"
MANY_ASKS = "bare ask of 1,000 actors each"
_TARGET = 1.5
_MANY = 1_000
_FOR_EVER = RestartConfig(intensity=1_000_000, period=0.001, base_delay=0.0, jitter=0.0)
"""Every crash is the first in a row: the actor comes back at once."""


class Echo(Actor):
    """Answers what it is asked; crashes on None."""

    def on_receive(self, message: Any) -> Any:
        if message is None:
            raise ValueError("poison")
        return message


async def supervision_cases(stack: AsyncExitStack) -> list[Case]:
    """Starts the actors; they stop with `stack`."""
    runtime = await stack.enter_async_context(Runtime(models=(_model(),)))
    refs = [runtime.supervisor.add(_spec(number)) for number in range(_MANY)]
    ref = refs[0]

    async def ask_twice(one: ActorRef[Any]) -> None:
        await one.ask(1, block=False)
        await one.ask(1, block=False)

    async def crash_and_ask(one: ActorRef[Any]) -> None:
        one.tell(None)
        await one.ask(1, block=False)

    async def with_all(calls: int) -> None:
        for one in refs[:calls]:
            await crash_and_ask(one)
            await asyncio.sleep(0)

    async def ask_all() -> None:
        for future in [one.ask(1, block=False) for one in refs]:
            await future

    async def crash_all() -> None:
        for one in refs:
            one.tell(None)

    def crash_then_ask() -> None:
        ref.tell(None)
        ref.ask(1)

    return [
        Case(ASKS, _typical(ask_twice, refs), ASKS),
        Case("crash to next answer, awaited", _typical(crash_and_ask, refs), ASKS, _TARGET),
        Case("the same with report and log", with_all, ASKS),
        Case(BLOCKING_ASKS, _in_thread(lambda: (ref.ask(1), ref.ask(1))), BLOCKING_ASKS, calls=150),
        Case(
            "crash to next answer, blocking caller",
            _in_thread(crash_then_ask),
            BLOCKING_ASKS,
            _TARGET,
            calls=150,
        ),
        Case(MANY_ASKS, _both(ask_all, _nothing), MANY_ASKS, calls=1),
        Case(
            "1,000 actors crash, each answers again", _both(crash_all, ask_all), MANY_ASKS, calls=1
        ),
    ]


def _model() -> ModelConfig:
    return ModelConfig(id="idle", executor=answer)


def _spec(number: int) -> ChildSpec:
    return ChildSpec(f"echo {number}", Echo, restart=_FOR_EVER)


async def _nothing() -> None:
    return None


def _both(first: Callable[[], Awaitable[None]], then: Callable[[], Awaitable[None]]) -> Run:
    async def run(calls: int) -> None:
        for _ in range(calls):
            await first()
            await then()

    return run


def _typical(
    work: Callable[[ActorRef[Any]], Awaitable[None]], refs: Sequence[ActorRef[Any]]
) -> Run:
    """What it takes an actor until it has answered, half of the time; not what comes after that."""

    async def run(calls: int) -> float:
        spans = []
        for ref in refs[:calls]:
            started = perf_counter()
            await work(ref)
            spans.append(perf_counter() - started)
            await asyncio.sleep(0)
        return median(spans) * calls

    return run


def _in_thread(work: Callable[[], object]) -> Run:
    def block(calls: int) -> None:
        for _ in range(calls):
            work()

    async def run(calls: int) -> None:
        await asyncio.to_thread(block, calls)

    return run
