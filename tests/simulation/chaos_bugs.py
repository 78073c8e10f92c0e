"""Bugs to plant in chaos: faults that last, reach too far, or are not told of."""

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any

from hive_resilience.actors.policies.chaos.experiments import Experiments
from hive_resilience.actors.policies.chaos.selection import Selection
from hive_resilience.runtime.chaos import chaos as owning
from hive_resilience.runtime.chaos.chaos import Chaos

from .bug import Bug, Patch


def endless_lease(patch: Patch) -> None:
    """The lease of an experiment does not end."""
    begin: Any = Experiments.begin

    def forever(self: Any, *told: Any, **more: Any) -> Any:
        found = begin(self, *told, **more)
        found[0].lease_until += 1e9
        return found

    patch.setattr(Experiments, "begin", forever)


def uncleared_fault(patch: Patch) -> None:
    """The end of an experiment is told, and its faults go on."""

    def kept(self: Any, id: str) -> Any:
        return self._running.get(id)

    patch.setattr(Experiments, "end", kept)
    end: Any = Chaos._end

    def once(self: Any, id: str, *told: Any, **more: Any) -> Any:
        if id not in self._records:  # it was told already
            return None
        found = end(self, id, *told, **more)
        self._records[id] = next(one for one in self._over if one.experiment.id == id)
        return found

    patch.setattr(Chaos, "_end", once)


def unmarked_injection(patch: Patch) -> None:
    """The attempts that were hit do not say so."""
    patch.setattr(owning, "marked", lambda result, _hits: result)


def wide_blast(patch: Patch) -> None:
    """A fault hits more calls than it may."""
    patch.setattr(Selection, "is_on", lambda self, now: now < self.injection.until)


CHAOS = (
    Bug(endless_lease, "beyond its lease", 16),
    Bug(uncleared_fault, "was cleared", 14),
    Bug(unmarked_injection, "is not marked", 1),
    Bug(wide_blast, "outside of its blast radius", 22),
)
