"""A call of a user's function outside of a runtime: within a limit, in a scope of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from math import inf
from types import CoroutineType
from typing import Any, TypeVar

from ...actors.calls.bounded_call import BoundedCall, CancelledByItself, own
from ...actors.calls.errors import as_error
from ...actors.calls.scope import Scope, call_scope

T = TypeVar("T")

GRACE = 5.0
"""Seconds that a call may take to clean up after its limit."""
_NOTHING: Mapping[str, Any] = {}


def begin_call(
    fn: Callable[..., Awaitable[Any]],
    args: tuple[Any, ...] = (),
    kwargs: Mapping[str, Any] = _NOTHING,
    until: float = inf,
) -> Any:
    """Begin `fn(*args, **kwargs)`: its answer if that is there at once, else a `Waiting`.

    Raises what the function raises. A plain function, since most of the calls that a coroutine here
    would cost never wait.
    """
    around = call_scope.get()
    scope = (until if around is None else min(until, around[0]), around)
    token = call_scope.set(scope)
    try:
        made: Any = fn(*args, **kwargs) if args or kwargs else fn()
        kind = type(made)  # pyright: ignore[reportUnknownVariableType]  # of any class
        call: Coroutine[Any, Any, Any] = made if kind is CoroutineType else _awaited(made)
        try:
            waits_for = call.send(None)
        except StopIteration as stop:  # it answered without waiting for anything
            return stop.value
        except (GeneratorExit, asyncio.CancelledError) as raised:
            raise own(raised) from raised
    finally:
        call_scope.reset(token)
    return Waiting(call, waits_for, until, scope)


class Waiting:
    """A call that waits for something."""

    __slots__ = ("_call", "_scope", "_until", "_waits_for")

    def __init__(
        self, call: Coroutine[Any, Any, Any], waits_for: object, until: float, scope: Scope
    ) -> None:
        self._call, self._waits_for = call, waits_for
        self._until, self._scope = until, scope

    async def rest(self) -> Any:
        """The rest of the call, until its point on the loop's clock at the latest.

        Raises what the function raises, `LimitReached` at that point, and a `CancelledError` only
        where the caller asked for it.
        """
        token = call_scope.set(self._scope)
        grace = inf if self._until == inf else GRACE
        try:
            return await BoundedCall(
                self._call, self._until, grace, waits_for=self._waits_for, scope=self._scope
            )
        finally:
            try:  # noqa: SIM105  # `suppress` would cost each call what this does not
                call_scope.reset(token)
            except ValueError:  # closed from elsewhere, whose context never had it
                pass


def as_failure(raised: BaseException, what: str, name: str | None = None) -> BaseException:
    """A failure as the caller gets it: a program's end without an asker is none."""
    if isinstance(raised, CancelledByItself | SystemExit):
        return as_error(raised, what, name)
    return raised


async def _awaited(call: Awaitable[T]) -> T:
    return await call
