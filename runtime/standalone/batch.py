"""Several functions at once, each retried on its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, Unpack, overload

from ...actors.policies.outcomes.errors import RetryExhaustedError
from ...config.settings.retry import RetryConfig
from .retry import RetryOptions, retry

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetrySettled(Generic[T]):
    """What became of one function of a batch; `error` is its own, None where it succeeded."""

    success: bool
    value: T | None
    error: BaseException | None


class RetryBatch(Generic[T]):
    """Functions to call at once, async or blocking. The last error of each is raised as it is.

    `config` and `options`, which are those of `retry`, are for functions added without their own.
    A batch may be run again.

    >>> async def one() -> int:
    ...     return 1
    >>> batch = RetryBatch[int](RetryConfig(max_retries=1)).add(one).add(lambda: 2)
    >>> asyncio.run(batch.all())
    [1, 2]
    """

    def __init__(self, config: RetryConfig | None = None, **options: Unpack[RetryOptions]) -> None:
        self._config = config
        self._options = options
        self._calls: list[Callable[[], Any]] = []

    def __len__(self) -> int:
        return len(self._calls)

    @overload
    def add(
        self,
        fn: Callable[[], Awaitable[T]],
        config: RetryConfig | None = None,
        **options: Unpack[RetryOptions],
    ) -> RetryBatch[T]: ...
    @overload
    def add(
        self,
        fn: Callable[[], T],
        config: RetryConfig | None = None,
        **options: Unpack[RetryOptions],
    ) -> RetryBatch[T]: ...
    def add(
        self, fn: Callable[[], Any], config: RetryConfig | None = None, **options: Any
    ) -> RetryBatch[T]:
        """One more function; the batch itself, so that calls can be chained."""
        how: Any = {**self._options, **options}
        self._calls.append(lambda: _own_error(fn, config or self._config, how))
        return self

    def clear(self) -> None:
        """Forget the functions."""
        self._calls.clear()

    async def all(self) -> list[T]:
        """Every answer, in order. Raises the first error, and cancels the other calls then."""
        running = self._start()
        try:
            for ended in asyncio.as_completed(running):
                await ended
            return [task.result() for task in running]
        finally:
            await _cancel(running)

    async def any(self) -> T:
        """The first answer; the other calls are cancelled.

        Raises an `ExceptionGroup` of all errors, in order, where there is no answer, and
        `ValueError` for an empty batch.
        """
        if not self._calls:
            raise ValueError("the batch is empty: add a function first")
        running = self._start()
        try:
            for ended in asyncio.as_completed(running):
                try:
                    return await ended
                except Exception:
                    continue
            errors = [task.exception() for task in running]
            raise ExceptionGroup(
                "no call of the batch succeeded", [e for e in errors if isinstance(e, Exception)]
            )
        finally:
            await _cancel(running)

    async def settled(self) -> list[RetrySettled[T]]:
        """What became of each function, in order. Raises nothing of theirs."""
        running = self._start()
        try:
            found = await asyncio.gather(*running, return_exceptions=True)
        finally:
            await _cancel(running)
        return [
            RetrySettled(False, None, one)
            if isinstance(one, BaseException)
            else RetrySettled(True, one, None)
            for one in found
        ]

    def _start(self) -> list[asyncio.Task[T]]:
        return [asyncio.create_task(call()) for call in self._calls]


async def _own_error(
    fn: Callable[[], Any], config: RetryConfig | None, options: RetryOptions
) -> Any:
    try:
        return await retry(fn, config, **options)
    except RetryExhaustedError as exhausted:
        raise exhausted.last_error from exhausted.last_error.__cause__


async def _cancel(running: list[asyncio.Task[T]]) -> None:
    left = [task for task in running if not task.done()]
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left)
    for task in running:
        if not task.cancelled():
            task.exception()  # seen: asyncio need not tell of it
