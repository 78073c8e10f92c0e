"""Guards by name: one breaker for each dependency, wherever it is asked for.

breakers = CircuitBreakers()
answer = await breakers.get_or_create("search").execute(client.ask, "...")
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ...actors.policies.breaker.states import BreakerSnapshot
from ...config.base import given_or_default
from ...config.errors import ConfigurationError
from ...config.settings.breaker import CircuitBreakerConfig
from .circuit_breaker import CircuitBreakerGuard
from .guard_events import GuardEvent
from .listeners import Listener


class CircuitBreakers:
    """Makes each guard once. Any number of threads may share it.

    `config` and `options`, which are those of `CircuitBreakerGuard`, are for guards that are made
    without their own.

    >>> breakers = CircuitBreakers(CircuitBreakerConfig(failure_threshold=3))
    >>> breakers.get_or_create("search") is breakers.get_or_create("search")
    True
    >>> list(breakers.snapshot())
    ['search']
    """

    def __init__(self, config: CircuitBreakerConfig | None = None, **options: Any) -> None:
        self._config = given_or_default(config, CircuitBreakerConfig)
        self._options = options
        self._guards: dict[str, CircuitBreakerGuard] = {}
        self._subscriptions: list[_Subscription] = []
        # A signal handler may use it while the thread that it interrupts does.
        self._lock = threading.RLock()

    def get_or_create(
        self, name: str, config: CircuitBreakerConfig | None = None, **options: Any
    ) -> CircuitBreakerGuard:
        """The guard of this name, which is made at the first call.

        `options` are those of `CircuitBreakerGuard` and matter where it is made. Raises
        `ConfigurationError` where it is there with another `config`.
        """
        with self._lock:
            guard = self._guards.get(name)
            if guard is None:
                guard = self._guards[name] = self._make(name, config, options)
        if config is not None and config != guard.config:
            raise ConfigurationError(
                f"the circuit breaker {name!r} is there already, with another configuration; "
                "leave it out here, or remove the guard first",
                key=name,
            )
        return guard

    def remove(self, name: str) -> bool:
        """Forget a guard, so that the next one of this name is new; whether there was one."""
        with self._lock:
            return self._guards.pop(name, None) is not None

    def all(self) -> Mapping[str, CircuitBreakerGuard]:
        """The guards there are, by name, in the order in which they were made."""
        with self._lock:
            return MappingProxyType(dict(self._guards))

    def snapshot(self) -> Mapping[str, BreakerSnapshot]:
        """What `snapshot` of each guard says, by name."""
        return MappingProxyType({name: guard.snapshot() for name, guard in self.all().items()})

    def reset_all(self) -> None:
        """Close every breaker and forget its failures."""
        for guard in self.all().values():
            guard.reset()

    def subscribe(self, listener: Listener, *kinds: type[GuardEvent]) -> Callable[[], None]:
        """As `CircuitBreakerGuard.subscribe`, for every guard that is there or comes."""
        subscription = _Subscription(listener, kinds, [])
        with self._lock:
            for guard in self._guards.values():
                subscription.begin(guard)
            self._subscriptions.append(subscription)

        def remove() -> None:
            with self._lock:
                self._subscriptions = [
                    one for one in self._subscriptions if one is not subscription
                ]
            subscription.end()

        return remove

    def _make(
        self, name: str, config: CircuitBreakerConfig | None, options: Mapping[str, Any]
    ) -> CircuitBreakerGuard:
        guard = CircuitBreakerGuard(
            config or self._config, name=name, **{**self._options, **options}
        )
        for subscription in self._subscriptions:
            subscription.begin(guard)
        return guard


class _Subscription(NamedTuple):
    listener: Listener
    kinds: tuple[type[GuardEvent], ...]
    removals: list[Callable[[], None]]

    def begin(self, guard: CircuitBreakerGuard) -> None:
        self.removals.append(guard.subscribe(self.listener, *self.kinds))

    def end(self) -> None:
        for remove in self.removals:
            remove()
