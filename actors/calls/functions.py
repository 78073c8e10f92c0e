"""Functions of the user: async, or blocking and then run in a thread."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec

P = ParamSpec("P")


def is_async(fn: Callable[..., object]) -> bool:
    """Whether the function itself says that its caller awaits the result."""
    code = getattr(fn, "__code__", None)
    if code is not None and code.co_flags & inspect.CO_COROUTINE:
        return True  # in a tenth of the time of `inspect`
    return inspect.iscoroutinefunction(fn) or inspect.iscoroutinefunction(type(fn).__call__)


def in_thread(fn: Callable[P, object]) -> Callable[P, Coroutine[Any, Any, Any]]:
    """An async function that calls a blocking one in a thread and awaits an awaitable result."""

    async def call(*args: P.args, **kwargs: P.kwargs) -> object:
        value = await asyncio.to_thread(_in_there, fn, *args, **kwargs)
        return await value if inspect.isawaitable(value) else value

    return call


def named(fn: Callable[..., object]) -> str:
    """The name of a function in an error."""
    return getattr(fn, "__qualname__", None) or repr(fn)


def _in_there(fn: Callable[P, object], /, *args: P.args, **kwargs: P.kwargs) -> object:
    try:
        return fn(*args, **kwargs)
    except (StopIteration, GeneratorExit) as error:
        # A future refuses a StopIteration, and its awaiter hangs; a GeneratorExit looks as if the
        # awaiting task were closed. Python too makes a RuntimeError of a coroutine's StopIteration.
        raise RuntimeError(f"{named(fn)} raised {type(error).__name__}") from error
