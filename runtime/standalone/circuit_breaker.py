"""A circuit breaker without a runtime: round any function, async or blocking.

guard = CircuitBreakerGuard(CircuitBreakerConfig(failure_threshold=3, timeout=10.0))
answer = await guard.execute(client.ask, "...")
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import random
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from types import CoroutineType
from typing import Any, ParamSpec, TypeVar, overload

from ...actors.calls.bounded_call import BoundedCall, LimitReached
from ...actors.calls.functions import in_thread, is_async, named
from ...actors.policies.breaker.breaker import CircuitBreaker
from ...actors.policies.breaker.permit import Permit, Rejection
from ...actors.policies.breaker.states import BreakerSnapshot, State
from ...actors.policies.outcomes.errors import ModelTimeoutError
from ...actors.policies.unavailability import unavailable_of
from ...config.errors import ResilienceError
from ...config.settings.breaker import CircuitBreakerConfig

P = ParamSpec("P")
T = TypeVar("T")

_GRACE = 5.0
"""Seconds that a call may take to clean up after its limit."""


class CircuitBreakerGuard:
    """One breaker for one dependency. Any number of functions, tasks and threads may share it.

    `clock` gives monotonic seconds. `config.timeout` limits calls that are awaited; a blocking
    function that runs past it is left behind in its thread.

    >>> guard = CircuitBreakerGuard(CircuitBreakerConfig(failure_threshold=1), name="search")
    >>> @guard
    ... def search(text: str) -> int:
    ...     return len(text)
    >>> search("lions"), guard.state.value
    (5, 'closed')
    """

    def __init__(
        self,
        config: CircuitBreakerConfig | None = None,
        *,
        name: str = "guard",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        config = config or CircuitBreakerConfig()
        # A trial counts until its clean-up is over; one without a limit must not block others ever.
        given_up = config.timeout + 2 * _GRACE if config.timeout else config.max_recovery_timeout
        self._breaker = CircuitBreaker(config, permit_timeout=given_up, draw=random.random)
        self._lock = threading.Lock()
        self._clock = clock
        self._timeout = config.timeout
        self.name = name

    @overload
    def execute(
        self, fn: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, T]: ...
    @overload
    def execute(
        self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, T]: ...
    def execute(
        self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Coroutine[Any, Any, Any]:
        """Await `fn(*args, **kwargs)`; a blocking function runs in a thread.

        Raises what the function raises, `CircuitBreakerError` where it is not called,
        `RateLimitedError` while a Retry-After lasts, `ModelTimeoutError` past `config.timeout`.
        """
        return self._await(fn if is_async(fn) else in_thread(fn), args, kwargs)

    def call(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a blocking `fn(*args, **kwargs)` here, in the caller's thread, without a limit.

        Raises as `execute` does, and `TypeError` for an async function.
        """
        clock = self._clock
        started = clock()
        with self._lock:
            permit = self._breaker.admit(started)
        if isinstance(permit, Rejection):
            raise self._refusal(permit)
        try:
            value = fn(*args, **kwargs)
        except BaseException as error:  # the breaker judges it; an interrupt counts as nothing
            self._failed(permit, started, error)
            raise
        if isinstance(value, CoroutineType):
            value.close()
            self._failed(permit, started, asyncio.CancelledError())
            raise TypeError(f"{named(fn)} is async: use `await guard.execute(...)`, not `call`")
        now = clock()
        with self._lock:
            permit.success(now, now - started)
        return value

    def __call__(self, fn: Callable[P, T]) -> Callable[P, T]:
        """Decorate a function or a method: each call of it goes through the breaker."""
        if inspect.isasyncgenfunction(fn) or inspect.isgeneratorfunction(fn):
            raise TypeError(f"a guard protects one call, and {named(fn)} is a generator")
        if is_async(fn):
            return self._guarded_async(fn)
        return self._guarded_blocking(fn)

    @property
    def state(self) -> State:
        """The breaker's state now; it compares with its text, such as "open"."""
        with self._lock:
            return self._breaker.state(self._clock())

    def snapshot(self) -> BreakerSnapshot:
        """Counts, state and waits as a frozen record."""
        with self._lock:
            return self._breaker.snapshot(self._clock())

    def trip(self, reason: str = "operator") -> None:
        """Open it for a recovery timeout. Raises `IllegalTransitionError` if it is forced open."""
        with self._lock:
            self._breaker.trip(self._clock(), reason)

    def reset(self) -> None:
        """Close it and forget its failures."""
        with self._lock:
            self._breaker.reset(self._clock())

    def force_open(self) -> None:
        """Refuse every call until `reset`."""
        with self._lock:
            self._breaker.force_open(self._clock())

    async def _await(self, fn: Callable[..., Coroutine[Any, Any, T]], args: Any, kwargs: Any) -> T:
        clock = self._clock
        started = clock()
        with self._lock:
            permit = self._breaker.admit(started)
        if isinstance(permit, Rejection):
            raise self._refusal(permit)
        try:
            call = fn(*args, **kwargs)
            value = await (call if self._timeout is None else self._limited(call, self._timeout))
        except BaseException as error:  # the breaker judges it; a cancellation counts as nothing
            self._failed(permit, started, error)
            raise
        now = clock()
        with self._lock:
            permit.success(now, now - started)
        return value

    def _refusal(self, rejection: Rejection) -> ResilienceError:
        # The wait is handed on as it is: a sum with the present time would round it.
        return unavailable_of(rejection.state, rejection.retry_after).error(self.name, 0.0)

    def _failed(self, permit: Permit, started: float, error: BaseException) -> None:
        now = self._clock()
        with self._lock:
            permit.failure(now, error, now - started)

    async def _limited(self, call: Coroutine[Any, Any, T], limit: float) -> T:
        until = asyncio.get_running_loop().time() + limit
        try:
            return await BoundedCall(call, until, _GRACE)
        except LimitReached as reached:
            raise ModelTimeoutError(
                f"{self.name} did not answer within {limit:.3g} s",
                kind="attempt",
                limit=limit,
                model_id=self.name,
            ) from reached.__cause__

    def _guarded_async(self, fn: Callable[P, Any]) -> Callable[P, Any]:
        @functools.wraps(fn)
        async def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            return await self._await(fn, args, kwargs)

        return guarded

    def _guarded_blocking(self, fn: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(fn)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
            return self.call(fn, *args, **kwargs)

        return guarded
