"""Lets the requests of keys in: by the gates of this process, or by those of all workers."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from ..failures import refused
from ..siblings.line import LineLostError
from ..siblings.siblings import Siblings
from .gate import KeyGate, KeyLimits
from .key import Key

Leave: TypeAlias = Callable[[int], None]
"""To be called once, when a request is over, with the tokens that it has cost."""


class Turns:
    """`siblings` None: the process is alone. A key without limits never waits for the others."""

    def __init__(self, siblings: Siblings | None) -> None:
        self._siblings = siblings

    async def enter(self, key: Key | None) -> Leave:
        """Begin a request. Raises `Refused` where its key has used up its rate or its places."""
        if key is None:
            return _nothing
        gate = key.gate
        if self._siblings is not None and gate.limits != KeyLimits():
            wait, leave = await _entered(self._siblings, key.id, gate.limits, gate)
        else:
            wait, leave = gate.enter(time.monotonic()), partial(_leave, gate)
        if wait is not None:
            told = f"the key of {key.id} has used up its rate or its places"
            raise refused(429, "rate_limited", told, retry_after=wait)
        return leave


class Streams:
    """How many streams each key has under way; only keys that are known are counted."""

    def __init__(self, most: int, siblings: Siblings | None) -> None:
        self._most = most
        self._siblings = siblings
        self._limits = KeyLimits(max_concurrent=most)
        self._gates: dict[str, KeyGate] = {}

    async def enter(self, key: Key | None) -> Leave:
        """Begin a stream. Raises `Refused` where its key has too many."""
        if key is None:
            return _nothing
        # Of no holder: their names are plain.
        holder = f"{key.id}\nstreams"
        gate = self._gates.get(holder)
        if gate is None:
            gate = self._gates[holder] = KeyGate(self._limits)
        wait: float | None
        leave: Leave
        if self._siblings is None:
            wait, leave = gate.enter(time.monotonic()), partial(_leave, gate)
        else:
            wait, leave = await _entered(self._siblings, holder, self._limits, gate)
        if wait is not None:
            told = f"the key of {key.id} has {self._most} streams open, the most it may have"
            raise refused(429, "rate_limited", told, retry_after=wait)
        return leave


async def _entered(
    siblings: Siblings, holder: str, limits: KeyLimits, own: KeyGate
) -> tuple[float | None, Leave]:
    """By the gate that all workers share; by its own where the supervisor does not answer."""
    try:
        ticket, wait = await siblings.enter(holder, limits)
    except (LineLostError, TimeoutError):
        return own.enter(time.monotonic()), partial(_leave, own)
    return wait, partial(siblings.let_out, ticket)


def _leave(gate: KeyGate, tokens: int) -> None:
    gate.leave(time.monotonic(), tokens)


def _nothing(_tokens: int) -> None:
    """There is no key."""
