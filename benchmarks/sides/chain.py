"""What a program writes by hand: in a loop, tenacity's retries round purgatory's breaker.

Inside them is a timeout. There is no bulkhead, no deadline for the whole, no health probe.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from .names import CHAIN
from .side import NEVER, Breakers, Setting, Side

_LONG = 3600.0


async def chain(setting: Setting, stack: AsyncExitStack) -> Side:
    """An async chain and a blocking one. Raises `ImportError` where one of the two is missing."""
    threshold = NEVER if setting.breakers is Breakers.NEVER_OPEN else 5
    call = await _async_chain(setting, threshold) if setting.models else None
    blocking = _blocking_chain(setting, threshold) if setting.blocking else None
    return Side(CHAIN, call, blocking)


def _attempts(setting: Setting) -> int:
    return 1 if setting.breakers is Breakers.NEVER_OPEN else 4


async def _async_chain(setting: Setting, threshold: int) -> Any:
    from purgatory import AsyncCircuitBreakerFactory
    from purgatory.domain.model import OpenedState
    from tenacity import AsyncRetrying, retry_if_not_exception_type, stop_after_attempt
    from tenacity.wait import wait_random_exponential

    factory = AsyncCircuitBreakerFactory(default_threshold=threshold, default_ttl=setting.recovery)
    stop, wait = stop_after_attempt(_attempts(setting)), wait_random_exponential(1, 30)
    may_retry = retry_if_not_exception_type(OpenedState)

    async def attempt(number: int, model: Any) -> Any:
        async with await factory.get_breaker(f"model {number}"), asyncio.timeout(setting.timeout):
            return await model()

    async def call() -> Any:
        for number, model in enumerate(setting.models):
            retrying = AsyncRetrying(stop=stop, wait=wait, retry=may_retry, reraise=True)
            try:
                return await retrying(attempt, number, model)
            except (OSError, TimeoutError, OpenedState) as error:
                last = error
        raise last

    if setting.breakers is Breakers.FIRST_OPEN:
        (await factory.get_breaker("model 0", ttl=_LONG)).context.set_state(OpenedState("model 0"))
    return call


def _blocking_chain(setting: Setting, threshold: int) -> Any:
    """Without a timeout: a blocking call cannot be ended from outside."""
    from purgatory import SyncCircuitBreakerFactory
    from purgatory.domain.model import OpenedState
    from tenacity import Retrying, retry_if_not_exception_type, stop_after_attempt
    from tenacity.wait import wait_random_exponential

    factory = SyncCircuitBreakerFactory(default_threshold=threshold, default_ttl=setting.recovery)
    stop, wait = stop_after_attempt(_attempts(setting)), wait_random_exponential(1, 30)
    may_retry = retry_if_not_exception_type(OpenedState)

    def attempt(number: int, model: Any) -> Any:
        with factory.get_breaker(f"model {number}"):
            return model()

    def call() -> Any:
        for number, model in enumerate(setting.blocking):
            retrying = Retrying(stop=stop, wait=wait, retry=may_retry, reraise=True)
            try:
                return retrying(attempt, number, model)
            except (OSError, OpenedState) as error:
                last = error
        raise last

    if setting.breakers is Breakers.FIRST_OPEN:
        factory.get_breaker("model 0", ttl=_LONG).context.set_state(OpenedState("model 0"))
    return call
