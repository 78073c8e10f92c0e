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
from datetime import UTC, datetime
from math import inf
from types import CoroutineType
from typing import Any, ParamSpec, TypeVar, overload

from ...actors.calls.bounded_call import LimitReached
from ...actors.calls.errors import as_error
from ...actors.calls.functions import in_thread, is_async, named
from ...actors.policies.breaker.breaker import CircuitBreaker
from ...actors.policies.breaker.permit import Permit, Rejection
from ...actors.policies.breaker.states import BreakerSnapshot, State
from ...actors.policies.outcomes.errors import ModelTimeoutError
from ...actors.policies.unavailability import unavailable_of
from ...config.base import given_or_default
from ...config.errors import ResilienceError
from ...config.settings.breaker import CircuitBreakerConfig
from .error_tests import ErrorTests
from .guard_events import GuardCalled, GuardChanged, GuardEvent, trigger_of
from .judgement import FailureIf, Judgement, settle
from .listeners import Listener, Listeners
from .own_call import GRACE, Waiting, as_failure, begin_call

P = ParamSpec("P")
T = TypeVar("T")


class CircuitBreakerGuard:
    """One breaker for one dependency. Any number of functions, tasks and threads may share it.

    `config.timeout` limits calls that are awaited; a blocking function that runs past it is left
    behind in its thread. `clock` gives monotonic seconds.

    What a call's end means is as in a runtime, but for these: errors that `ignore` names count as
    nothing. With `record` the errors that it names are the only failures, and others show that the
    dependency is well. Both are exception classes or functions of an error, one or several. An
    answer for which `failure_if` is true is a failure, and `AnswerRejectedError` is raised.

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
        ignore: ErrorTests = (),
        record: ErrorTests | None = None,
        failure_if: FailureIf | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        config = given_or_default(config, CircuitBreakerConfig)
        self.config: CircuitBreakerConfig = config
        # A trial counts until its clean-up is over; one without a limit must not block others ever.
        given_up = config.timeout + 2 * GRACE if config.timeout else config.max_recovery_timeout
        self._breaker = CircuitBreaker(config, permit_timeout=given_up, draw=random.random)
        self._judgement = Judgement(name, ignore, record, failure_if)
        self._listeners = Listeners()
        # A signal handler may use it while the thread that it interrupts does.
        self._lock = threading.RLock()
        self._clock = clock
        self._last_failure_at: float | None = None
        self.name: str = name

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
        `RateLimitedError` while a Retry-After lasts, `ModelTimeoutError` past `config.timeout`,
        `AnswerRejectedError` by `failure_if`, and `ModelUnavailableError` for a `SystemExit`, or a
        `CancelledError` that the caller did not ask for.
        """
        return self._await(fn if is_async(fn) else in_thread(fn), args, kwargs)

    def call(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a blocking `fn(*args, **kwargs)` here, in the caller's thread, without a limit.

        Raises as `execute` does, and `TypeError` for an async function.
        """
        permit, started = self._enter()
        try:
            value = fn(*args, **kwargs)
        except (SystemExit, asyncio.CancelledError) as raised:
            error = as_error(raised, named(fn), self.name)
            self._failed(permit, started, error)
            raise error from raised
        except BaseException as error:  # an interrupt counts as nothing
            self._failed(permit, started, error)
            raise
        if isinstance(value, CoroutineType):
            value.close()
            self._failed(permit, started, GeneratorExit())  # which counts as nothing
            raise TypeError(f"{named(fn)} is async: use `await guard.execute(...)`, not `call`")
        self._answered(permit, started, value)
        return value

    def __call__(self, fn: Callable[P, T]) -> Callable[P, T]:
        """Decorate a function or a method: each call of it goes through the breaker."""
        if inspect.isasyncgenfunction(fn) or inspect.isgeneratorfunction(fn):
            raise TypeError(f"a guard protects one call, and {named(fn)} is a generator")
        if is_async(fn):
            return self._guarded_async(fn)
        return self._guarded_blocking(fn)

    # What there is to know.

    @property
    def state(self) -> State:
        """The breaker's state now; it compares with its text, such as "open"."""
        with self._lock:
            return self._breaker.state(self._clock())

    @property
    def last_failure_at(self) -> datetime | None:
        """When a call last failed that counted, by the wall clock in UTC; None: never."""
        at = self._last_failure_at
        return None if at is None else datetime.fromtimestamp(at, UTC)

    def snapshot(self) -> BreakerSnapshot:
        """Counts, state and waits as a frozen record."""
        with self._lock:
            return self._breaker.snapshot(self._clock())

    def subscribe(self, listener: Listener, *kinds: type[GuardEvent]) -> Callable[[], None]:
        """Call `listener` with every event of these classes (none: all): `GuardChanged` after each
        change of the state, `GuardCalled` after each call. Answers how to take it back.

        It is called in a thread that uses the guard, outside of its lock, in the order of the
        events. One that fails is logged and harms no call.
        """
        with self._lock:
            self._breaker.drain_events()  # what came before is not told
            return self._listeners.add(listener, kinds)

    # What an operator does.

    def trip(self, reason: str = "operator") -> None:
        """Open it for a recovery timeout. Raises `IllegalTransitionError` if it is forced open."""
        if not isinstance(reason, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a reason is a text, not a {type(reason).__name__}")
        self._operate(lambda now: self._breaker.trip(now, reason))

    def reset(self) -> None:
        """Close it and forget its failures; one that is off by its settings stays so."""
        self._last_failure_at = None
        self._operate(self._breaker.reset)

    def force_open(self) -> None:
        """Refuse every call until `reset`."""
        self._operate(self._breaker.force_open)

    def disable(self) -> None:
        """Let every call pass and count nothing until `reset`."""
        self._operate(self._breaker.disable)

    def metrics_only(self) -> None:
        """Let every call pass, and count, but never open, until `reset`."""
        self._operate(self._breaker.metrics_only)

    # The way of a call.

    async def _await(self, fn: Callable[..., Coroutine[Any, Any, T]], args: Any, kwargs: Any) -> T:
        permit, started = self._enter()
        limit = self.config.timeout
        try:
            until = inf if limit is None else asyncio.get_running_loop().time() + limit
            found = begin_call(fn, args, kwargs, until)
            value: T = await found.rest() if isinstance(found, Waiting) else found
        except LimitReached as reached:
            late = self._timed_out(limit or inf)
            self._failed(permit, started, late)
            raise late from reached.__cause__
        except BaseException as raised:  # a cancellation counts as nothing
            error = as_failure(raised, named(fn), self.name)
            self._failed(permit, started, error)
            if error is raised:
                raise
            raise error from error.__cause__
        self._answered(permit, started, value)
        return value

    def _enter(self) -> tuple[Permit, float]:
        now = self._clock()
        with self._lock:
            permit = self._breaker.admit(now)
            if self._listeners:
                self._note_changes()
        if self._listeners:
            self._listeners.tell()
        if isinstance(permit, Rejection):
            raise self._refusal(permit)
        return permit, now

    def _answered(self, permit: Permit, started: float, value: object) -> None:
        rejected = self._judgement.rejection(value)
        if rejected is not None:
            self._failed(permit, started, rejected)
            raise rejected
        now = self._clock()
        with self._lock:
            permit.success(now, now - started)
            if self._listeners:
                self._note(now - started, None)
        if self._listeners:
            self._listeners.tell()

    def _failed(self, permit: Permit, started: float, error: BaseException) -> None:
        verdict = self._judgement.of(error)  # before the lock: a user's function may look at it
        now = self._clock()
        with self._lock:
            if settle(permit, verdict, error, now, now - started):
                self._last_failure_at = time.time()
            if self._listeners:
                self._note(now - started, error)
        if self._listeners:
            self._listeners.tell()

    def _operate(self, change: Callable[[float], None]) -> None:
        with self._lock:
            change(self._clock())
            if self._listeners:
                self._note_changes()
        if self._listeners:
            self._listeners.tell()

    def _note(self, duration: float, error: BaseException | None) -> None:
        """With the lock: note the end of a call, after what it has changed."""
        self._note_changes()
        state, at = self._breaker.state(self._clock()), datetime.now(UTC)
        self._listeners.put(GuardCalled(self.name, error is None, duration, error, state, at))

    def _note_changes(self) -> None:
        for change in self._breaker.drain_events():
            event = GuardChanged(
                self.name,
                change.before,
                change.after,
                trigger_of(change),
                change.reason,
                change.open_for,
                datetime.now(UTC),
                self._breaker.snapshot(self._clock()),
            )
            self._listeners.put(event)

    # What goes wrong.

    def _refusal(self, rejection: Rejection) -> ResilienceError:
        # The wait is handed on as it is: a sum with the present time would round it.
        return unavailable_of(rejection.state, rejection.retry_after).error(self.name, 0.0)

    def _timed_out(self, limit: float) -> ModelTimeoutError:
        message = f"{self.name} did not answer within {limit:.3g} s"
        return ModelTimeoutError(message, kind="attempt", limit=limit, model_id=self.name)

    # Decorated functions.

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
