# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
"""A thousand public calls with wrong arguments: each is refused in words, and harms nothing."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import importlib
import inspect
import random
import sys
import traceback
import warnings
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from enum import Enum
from typing import Any

import pykka
import pytest

from hive_resilience import (
    CircuitBreakerGuard,
    CircuitBreakers,
    Plan,
    ResilienceError,
    Runtime,
    Stream,
    Task,
)
from hive_resilience.errors import InvalidRequestError
from hive_resilience.events import HealthChanged

from ..conftest import Virtual
from ..fleet_kit import Model, assert_at_rest, fleet, model

CALLS = 1_000
BLOCKS = {"ActorRef", "ChildSpec", "SupervisorSpec"}
"""Parts for programs of types; these, policies, errors, snapshots and tools of tests trust them."""
DOORS = ("", ".config", ".errors", ".events", ".policies", ".snapshots", ".testing", ".types")
_ENDS = {"aclose", "astart", "close", "start", "stop", "force_open", "enter_maintenance", "restart"}
"""What ends or withdraws something when it is called rightly, without an argument."""
_NEVER = {"forked", "drain"}
"""A number is right for `drain`, which has a test of its own; `forked` is the library's own."""
_LOOPS = {"VirtualLoop", "run_virtual", "AnthropicClient", "OpenAIClient"}
"""Loops, of which any call is right, and what imports a provider's library for seconds."""


class HostileError(Exception):
    """What a hostile object raises."""


class Hostile:
    """Can be neither shown, compared nor hashed."""

    def __repr__(self) -> str:
        raise HostileError

    def __eq__(self, other: object) -> bool:
        raise HostileError

    def __hash__(self) -> int:
        raise HostileError

    def __bool__(self) -> bool:
        raise HostileError


async def coroutine(*_: object) -> str:
    return "x"


def shown(thing: Any) -> str:
    """For the report of a failure."""
    try:
        return f"{thing!r:.200}"
    except HostileError:
        return "(hostile)"


VALUES: tuple[Callable[[], Any], ...] = (
    *(lambda v=v: v for v in (None, True, 0, -1, 3, 10**400, 1e308, -0.5)),
    *(lambda v=v: v for v in (float("nan"), float("inf"), "", "nobody", "x" * 10_000)),
    *(lambda v=v: v for v in (b"x", (), (1, None), int, HealthChanged, Exception("x"))),
    *(list, dict, set, object, Hostile, coroutine, dict[str, Any]),
    lambda: [None, "x"],
    lambda: {"m": -1.0},
    lambda: {1: 2},
    lambda: coroutine,
    lambda: lambda: None,
    lambda: lambda a, b, c: None,
    lambda: lambda *_: 1 / 0,
    lambda: timedelta(seconds=-1),
    lambda: iter(()),
    lambda: Task("x"),
    lambda: Plan("m"),
    lambda: Plan("nobody"),
    lambda: [Task("x"), None],
    lambda: type("Odd", (), {"__call__": None}),
)


def public(thing: object) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The methods of an object, and what stands behind its properties is not called."""
    for name in dir(type(thing)):
        found = inspect.getattr_static(thing, name, None)
        if name.startswith("_") or name in _NEVER:
            continue
        if callable(getattr(found, "__func__", found)):
            yield f"{type(thing).__name__}.{name}", getattr(thing, name)


def callables(runtime: Runtime) -> list[tuple[str, Callable[..., Any]]]:
    """Every public callable there is; the names of building blocks begin with a dash."""
    found: dict[str, Callable[..., Any]] = {}
    for door in DOORS:
        module = importlib.import_module(f"hive_resilience{door}")
        for name in module.__all__:
            one = getattr(module, name)
            # Of an enumeration Python itself makes others.
            own = not (isinstance(one, type) and issubclass(one, Enum))
            if callable(one) and own and name not in _LOOPS:
                is_block = door not in ("", ".config") or name in BLOCKS
                found[f"-{name}" if is_block else name] = one
    things = (
        *(runtime, runtime.model("m"), runtime.supervisor, CircuitBreakers()),
        *(CircuitBreakerGuard(), runtime.stream(Task("x"))),
    )
    for thing in things:
        found.update(public(thing))
    found["router.ask"], found["router.tell"] = runtime.router.ask, runtime.router.tell
    found["guard"] = CircuitBreakerGuard()
    return sorted(found.items())


def arguments(
    function: Callable[..., Any], chance: random.Random, used: list[Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Some, of the right number at times; a part of them by name."""

    def value() -> Any:
        used.append(chance.choice(VALUES)())
        return used[-1]

    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    by_name = [p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)]
    first = sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)
    given = [value() for _ in range(chance.choice((0, 1, first, first, first + 1)))]
    left = by_name[len(given) :] if len(given) <= first else []
    return given, {name: value() for name in left if chance.random() < 0.5}


async def outcome(found: Any) -> None:
    """Await what a call returns, whatever that is."""
    async with asyncio.timeout(1_000.0):
        if isinstance(found, concurrent.futures.Future):
            await asyncio.wrap_future(found)
        elif isinstance(found, Stream):
            await found.aclose()
        elif isinstance(found, AsyncIterator):
            await found.aclose()  # type: ignore[attr-defined]  # a generator
        elif inspect.isawaitable(found):
            await found


def accident(error: BaseException) -> str | None:
    """What is wrong with an error of a wrong call: it says nothing, or comes from the inside."""
    named = ResilienceError | TypeError | ValueError | pykka.ActorDeadError | RuntimeError
    if isinstance(error, (HostileError, ZeroDivisionError, TimeoutError, asyncio.CancelledError)):
        return None
    if str(error) == "x" and type(error) is Exception:
        return None  # it was given so
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno} {frames[-1].line}"
    if not isinstance(error, named) or not str(error):
        return f"{type(error).__name__}: {error!s:.200} ({place})"
    ours = "hive_resilience" in frames[-1].filename
    # The function that was given raises that, or is none: Python's own words say it.
    ours = ours and "fn(*args" not in (frames[-1].line or "")
    if ours and len(frames) > 2 and "raise" not in (frames[-1].line or ""):
        return f"{type(error).__name__}: {error!s:.200} (by accident, {place})"
    return None


@pytest.mark.parametrize("timeout", ["x", -1, float("nan"), float("inf"), [], Hostile()])
def test_draining_with_a_wrong_limit_does_not_stop_the_runtime(
    virtual: Virtual, timeout: Any
) -> None:
    async def main() -> None:
        async with fleet(model("m", Model())) as runtime:
            with pytest.raises((InvalidRequestError, HostileError)):
                await runtime.drain(timeout)
            assert (await runtime.execute(Task("x"))).success

    virtual(main())


@pytest.mark.parametrize("seed", range(2))
def test_a_thousand_wrong_calls_harm_nothing(virtual: Virtual, seed: int) -> None:
    wrong: list[str] = []

    async def main() -> None:
        heard: list[Any] = []
        chance = random.Random(seed)
        async with fleet(model("m", Model()), model("n", Model())) as runtime:
            runtime.subscribe(heard.append, HealthChanged)
            there = callables(runtime)
            for number in range(CALLS // 2):
                name, function = chance.choice(there)
                used: list[Any] = []
                given, named = arguments(function, chance, used)
                if name.rpartition(".")[2] in _ENDS and not (given or named):
                    continue
                told = await call(function, given, named)
                if name.startswith("-"):
                    told = None
                told = told or damage(runtime)
                if told is not None:
                    wrong.append(f"call {number}: {name}{shown(given)}{shown(named)}: {told}")
                for one in used:
                    if inspect.iscoroutine(one):
                        one.close()  # ours, where nothing took it
            await asyncio.sleep(100.0)
            runtime.model("m").reset()
            runtime.model("m").leave_maintenance()
            result = await runtime.execute(Task("x"), plan=Plan("m", ("n",)))
            assert result.success
            runtime.model("n").enter_maintenance()
            assert_at_rest(runtime)
        assert any(event.model_id == "n" for event in heard)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        unraised: list[object] = []
        hook, sys.unraisablehook = sys.unraisablehook, unraised.append
        try:
            virtual(main())
            gc.collect()
        finally:
            sys.unraisablehook = hook
    wrong += [str(one.message) for one in caught if issubclass(one.category, RuntimeWarning)]
    wrong += [str(one) for one in unraised]
    assert not wrong, "\n".join(wrong)


def damage(runtime: Runtime) -> str | None:
    """What a call has done to the actors."""
    for child in runtime.snapshot().children:
        if not child.alive or child.restarts:
            return f"{child.name} has crashed, and was restarted {child.restarts} times"
    return None


async def call(
    function: Callable[..., Any], given: list[Any], named: Mapping[str, Any]
) -> str | None:
    """Call it; what is wrong with how it fails."""
    try:
        await outcome(function(*given, **named))
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        with suppress(HostileError):
            return accident(error)
    return None
