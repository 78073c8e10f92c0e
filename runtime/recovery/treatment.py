"""One remedy for one model: taken within its limit, proved, and taken back where it has not helped.

A remedy that hangs is cancelled and left; what it raises is why it has failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import NamedTuple

from ...actors.policies.outcomes.foreign_text import described
from ...actors.policies.recovery.verification import Verdict, Verification
from ...config.settings.adaptation.recovery import RecoveryConfig
from ..fleet.fleet import Fleet
from ..fleet.member import Member
from .deeds import Deed, RemedyError, is_well

PACE = 1.0
"""Seconds between two signs."""


class Treated(NamedTuple):
    """What became of a remedy: why it has not helped (None: it has), and if it was taken back."""

    error: str | None
    undone: bool = False


class Treatment:
    """Takes remedies of one fleet, by its settings."""

    def __init__(self, fleet: Fleet, config: RecoveryConfig) -> None:
        self._fleet = fleet
        self._config = config

    async def treat(self, member: Member, deed: Deed) -> Treated:
        """Take the remedy; what became of it."""
        usable = self._usable()
        try:
            error = await self._taken(deed.do(member))
            if error is None:
                error = await self._proved(member, usable - deed.passes)
        except BaseException:
            self._undo(member, deed)
            raise
        if error is None and not deed.passes:
            return Treated(None)
        undone = self._undo(member, deed)
        return Treated(error, undone and error is not None)

    async def _taken(self, work: Awaitable[object]) -> str | None:
        """Why the remedy was not taken; None: it was."""
        task = asyncio.ensure_future(work)
        try:
            done, _ = await asyncio.wait((task,), timeout=self._config.timeout)
        except BaseException:
            task.cancel()
            raise
        if not done:
            task.cancel()
            return f"it did not end within {self._config.timeout:.3g} s"
        error = None if task.cancelled() else task.exception()
        if error is None:
            return "it was cancelled" if task.cancelled() else None
        return str(error) if isinstance(error, RemedyError) else described(error)

    async def _proved(self, member: Member, usable: int) -> str | None:
        """Why the remedy has not helped; None: three good signs in a row say that it has."""
        found, seen = Verification(), _counts(member)
        engine = self._fleet.engine
        until = engine.now() + self._config.verify_within
        while engine.now() < until:
            await asyncio.sleep(PACE)
            counts = _counts(member)
            good, seen = await self._sign(member, seen, counts, until), counts
            verdict = found.sign(good=good)
            if verdict is Verdict.HELPED:
                return None
            if verdict is Verdict.WORSE or self._usable() < usable:
                return "the model is no better, or worse"
        return f"not proved within {self._config.verify_within:.3g} s"

    async def _sign(
        self, member: Member, before: tuple[int, int], now: tuple[int, int], until: float
    ) -> bool:
        """By its calls where it has some, else by a probe, else by whether it can serve."""
        if now != before:
            return now[0] > before[0]
        state = member.state
        if state.probe is not None and state.config.health_check.enabled:
            try:
                async with asyncio.timeout(max(0.0, until - self._fleet.engine.now())):
                    return await is_well(self._fleet, member)
            except TimeoutError:
                return False
        return member.config.id not in self._fleet.router_state.unavailable

    def _undo(self, member: Member, deed: Deed) -> bool:
        if deed.undo is None:
            return False
        deed.undo(member)
        return True

    def _usable(self) -> int:
        router = self._fleet.router_state
        return len(router.candidates) - len(router.unavailable)


def _counts(member: Member) -> tuple[int, int]:
    metrics = member.state.metrics
    return metrics.successes, metrics.failures + metrics.timeouts
