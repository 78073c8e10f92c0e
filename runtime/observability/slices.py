"""Work on the loop in small steps: what waits for the loop goes on between two of them."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import TypeAlias, TypeVar

T = TypeVar("T")

Steps: TypeAlias = Generator[None, None, T]
"""Work that yields after each step, none of which takes more than some milliseconds."""


async def in_slices(steps: Steps[T]) -> T:
    """What the work returns; other work of the loop has its turn after each step."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: T = end.value
            return found
        await asyncio.sleep(0)


def at_once(steps: Steps[T]) -> T:
    """What the work returns, without any pause."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: T = end.value
            return found
