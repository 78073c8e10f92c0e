"""The trials of one half-open period."""

from __future__ import annotations

import math

from .permit import Permit


class Trials:
    """At most `limit` permits out at once; a permit out for `timeout` seconds is given up.

    Lives as long as its half-open period. `passed` counts the successes in a row, which are all
    the successes there are: the first failure ends the period.
    """

    __slots__ = ("_out", "limit", "passed", "timeout")

    def __init__(self, limit: int, timeout: float) -> None:
        self.limit: int = limit
        self.timeout: float = timeout
        self.passed: int = 0
        self._out: dict[Permit, float] = {}

    def free_at(self) -> float:
        """When there is a place at the latest; minus infinity where there is one already."""
        excess = len(self._out) - self.limit
        if excess < 0:
            return -math.inf
        return sorted(self._out.values())[excess]

    def enter(self, permit: Permit, now: float, timeout: float | None = None) -> None:
        """Let `permit` out; only when `free_at` has come."""
        for lost in [lost for lost, end in self._out.items() if end <= now]:
            del self._out[lost]
        self._out[permit] = now + (self.timeout if timeout is None else timeout)

    def leave(self, permit: Permit, now: float) -> bool:
        """Take `permit` back; False where it had been given up."""
        return self._out.pop(permit, -math.inf) > now

    def out(self, now: float) -> int:
        """How many permits are out."""
        return sum(end > now for end in self._out.values())
