"""The floor: the models called without any protection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

from .names import BARE
from .side import Answer, BlockingAnswer, Breakers, Setting, Side


async def bare(setting: Setting, stack: AsyncExitStack) -> Side:
    """An await, or a thread pool's `submit().result()`; where the primary fails, `try` and next."""
    call = _call(setting) if setting.models else None
    if not setting.blocking:
        return Side(BARE, call)
    pool = stack.enter_context(ThreadPoolExecutor(setting.in_flight))
    models = _usable_blocking(setting)
    return Side(BARE, call, lambda: pool.submit(_first_answer, models).result())


def _call(setting: Setting) -> Callable[[], Awaitable[str]]:
    models = setting.models
    if setting.breakers is Breakers.FIRST_OPEN:
        return models[1]
    if setting.breakers is Breakers.NEVER_OPEN:
        return lambda: _one_after_the_other(models)
    return models[0]


async def _one_after_the_other(models: tuple[Answer, ...]) -> str:
    for model in models:
        try:
            return await model()
        except ConnectionError as error:
            last = error
    raise last


def _usable_blocking(setting: Setting) -> tuple[BlockingAnswer, ...]:
    if setting.breakers is Breakers.FIRST_OPEN:
        return setting.blocking[1:]
    return setting.blocking


def _first_answer(models: tuple[BlockingAnswer, ...]) -> str:
    for model in models:
        try:
            return model()
        except ConnectionError as error:
            last = error
    raise last
