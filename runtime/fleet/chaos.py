"""Switches chaos on; nothing of it is imported where it is not enabled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..observability.actions import Actions
from ..observability.event_bus import EventBus
from .fleet import Fleet

if TYPE_CHECKING:
    from ..chaos.chaos import Chaos
    from ..chaos.reach import PartOf


def chaos_of(fleet: Fleet, bus: EventBus, part_of: PartOf, actions: Actions) -> Chaos | None:
    """The owner of the experiments; None: the settings do not enable any."""
    settings = fleet.config.global_.chaos
    if not settings.enabled:
        return None
    from ..chaos.chaos import Chaos
    from .reach import FleetReach

    return Chaos(settings, FleetReach(fleet), bus, part_of, actions)
