"""Functions of the user: async, or blocking and then in a thread."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from typing import Any


def is_async(fn: Callable[..., Any]) -> bool:
    """Whether it says itself that what it returns is to be awaited."""
    code = getattr(fn, "__code__", None)
    if (
        code is not None and code.co_flags & inspect.CO_COROUTINE
    ):  # a tenth of the time of `inspect`
        return True
    return inspect.iscoroutinefunction(fn) or inspect.iscoroutinefunction(type(fn).__call__)


def in_thread(fn: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """An async function that calls a blocking one in a thread, and awaits what it hands back."""

    async def call(*args: Any, **kwargs: Any) -> Any:
        value = await asyncio.to_thread(_in_there, fn, args, kwargs)
        return await value if inspect.isawaitable(value) else value

    return call


def named(fn: Callable[..., Any]) -> str:
    """What to call it in an error."""
    return getattr(fn, "__qualname__", None) or repr(fn)


def _in_there(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        return fn(*args, **kwargs)
    except (StopIteration, GeneratorExit) as error:
        # A future refuses the one, and whoever awaits it then hangs; the other would look as if
        # the awaiting task were closed. A coroutine that raises the first gets a RuntimeError, too.
        raise RuntimeError(f"{named(fn)} raised {type(error).__name__}") from error
