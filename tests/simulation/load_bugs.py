"""Bugs to plant in what holds the load of models: limits, throttling, shedding, relief."""

from __future__ import annotations

from typing import Any

from hive_resilience.actors.policies.adaptation import adaptive_limit, shedding
from hive_resilience.actors.policies.adaptation.adaptive_limit import AdaptiveLimit
from hive_resilience.actors.policies.adaptation.throttling import Start, Throttle
from hive_resilience.actors.router import shedding as line_shedding
from hive_resilience.actors.router.parts.relief import Relief

from .bug import Bug, Patch, skip


def falling_limit(patch: Patch) -> None:
    """A limit that has fallen never rises again."""
    patch.setattr(AdaptiveLimit, "succeeded", skip)


def deaf_limit(patch: Patch) -> None:
    """A refusal does not lower the limit."""

    def anyway(limit: int, _: float) -> int:
        return limit

    patch.setattr(adaptive_limit, "lowered", anyway)


def boundless_limit(patch: Patch) -> None:
    """A limit rises above what is configured."""

    def anywhere(self: Any, estimate: float) -> None:
        self._estimate = max(estimate, 1.0)

    patch.setattr(AdaptiveLimit, "_set", anywhere)


def late_acceptance(patch: Patch) -> None:
    """A call counts as accepted at its end, and until then as refused."""
    started: Any = Throttle.started

    def later(self: Any, rank: int, now: float) -> Start:
        start: Start = started(self, rank, now)
        start.bucket.accepted[rank] -= 1
        self._accepted[rank] -= 1
        return start

    patch.setattr(Throttle, "started", later)


def shed_critical(patch: Patch) -> None:
    """At full overload critical tasks are shed, too."""
    patch.setattr(shedding, "_IMPORTANCE", (*shedding._IMPORTANCE[:3], 0.0))


def upside_down(patch: Patch) -> None:
    """Tasks of high priority are shed before those of low priority."""
    patch.setattr(shedding, "_IMPORTANCE", (*reversed(shedding._IMPORTANCE[:3]), -1.0))


def unasked_shedding(patch: Patch) -> None:
    """A line sheds where shedding is off."""

    def always(*_: object) -> bool:
        return True

    patch.setattr(line_shedding, "_all_shed", always)


def forgotten_relief(patch: Patch) -> None:
    """A model that joins is not told what the fleet asks of all its models."""
    patch.setattr(Relief, "tell", skip)


LOAD = (
    Bug(falling_limit, "and should be", 8),
    Bug(deaf_limit, "and should be", 8),
    Bug(boundless_limit, "should be within", 8),
    Bug(late_acceptance, "does not count as accepted", 7),
    Bug(shed_critical, "critical priority", 7),
    Bug(upside_down, "high priority", 7),
    Bug(unasked_shedding, "shedding is off there", 22),
    Bug(forgotten_relief, "does not know", 7),
)
