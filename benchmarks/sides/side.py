"""What all sides of the comparison have in common."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import StrEnum

Answer = Callable[..., Awaitable[str]]
"""A fake model: an async function of the prompt, or of nothing."""
BlockingAnswer = Callable[..., str]

NEVER = 1_000_000
"""A threshold that nothing reaches."""


class Breakers(StrEnum):
    """In what state the breakers are that a side has."""

    DEFAULT = "default"
    NEVER_OPEN = "never open"
    """Their thresholds are out of reach, so that each call meets the primary's failure."""
    FIRST_OPEN = "first open"
    """The primary's breaker is open and stays so."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a side is to be made for; spans in seconds."""

    models: tuple[Answer, ...] = ()
    blocking: tuple[BlockingAnswer, ...] = ()
    """The same models for callers that block, where there are any."""
    in_flight: int = 1
    breakers: Breakers = Breakers.DEFAULT
    timeout: float = 30.0
    recovery: float = 60.0
    """How long an open breaker waits before it tries again."""
    probe_interval: float = 30.0
    """Between two health probes, where a side has any."""
    slow_call: float | None = None
    """From when on a call counts as slow, where a side can be told."""


@dataclass(frozen=True, slots=True)
class Side:
    """A way to call the models of a setting; None: the side has no such way."""

    name: str
    call: Callable[[], Awaitable[object]] | None = None
    call_blocking: Callable[[], object] | None = None


Maker = Callable[[Setting, AsyncExitStack], Awaitable[Side]]
"""Makes a side on the running loop; what it opens ends with the stack."""
