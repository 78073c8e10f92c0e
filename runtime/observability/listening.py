"""What a program may listen with, and to: checked where it is given, not where an event comes."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from functools import partial
from typing import cast

from ...actors.events import Event


def check_listener(listener: object) -> None:
    """Raises `TypeError` unless `listener` is a plain function or another blocking callable."""
    if not callable(listener):
        raise TypeError(
            f"a listener is a function that takes an event, not {type(listener).__name__}"
        )
    called = listener.func if isinstance(listener, partial) else listener
    if _is_async(called) or _is_async(type(called).__call__):
        raise TypeError("a listener is a plain function; use `async for event in events()`")


def event_kinds(given: Iterable[object]) -> tuple[type[Event], ...]:
    """The classes of events in `given`, groups of classes flattened. Raises `TypeError`."""
    found: list[type[Event]] = []
    for kind in given:
        if isinstance(kind, type) and issubclass(kind, Event):
            found.append(kind)
        elif isinstance(kind, list | tuple | set | frozenset):
            found.extend(event_kinds(cast("Iterable[object]", kind)))
        else:
            raise TypeError(
                f"{kind!r:.80} is no class of events; give classes of hive_resilience.events, "
                "one by one or in a list"
            )
    return tuple(found)


def _is_async(function: object) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
