"""Where a runtime is in its life, in words that follow "this runtime"."""

from __future__ import annotations

from enum import Enum


class Stage(Enum):
    """Where a runtime is in its life."""

    NEW = "has not started; use it in a `with` or `async with` block"
    OPEN = "is open"
    DRAINING = "is stopping and takes no more tasks"
    CLOSED = "has stopped; make a new one"
