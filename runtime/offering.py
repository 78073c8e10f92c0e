"""Offers a runtime to viewers on its machine, where its settings give it a name."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..config.errors import ResilienceError
from ..config.settings.runtime import RuntimeConfig
from . import forks
from .operations import Operations

if TYPE_CHECKING:
    from .observability.event_bus import EventBus
    from .observability.live.feed import Feed
    from .observability.live.live_feed import LiveFeed
    from .observability.live.offering import Offering


def offering(runtime: Operations, config: RuntimeConfig) -> Offering | None:
    """The part that offers it; None: the settings give no name."""
    if config.global_.top is None:
        return None
    from .observability.live.offering import Offering

    part = Offering(runtime._fleet.snapshot, lambda: alert_records(runtime))
    forks.watch(part)
    return part


def offered_feed(runtime: Operations) -> LiveFeed | None:
    """What a runtime that is offered keeps for viewers; None: it is not offered, or not yet."""
    from .observability.live.offering import Offering

    part = runtime._watching.part(Offering)
    return None if part is None else part.feed


def offer(runtime: Operations, whole: Feed) -> None:
    """Offer this of a runtime that is offered; does nothing for another."""
    from .observability.live.offering import Offering

    part = runtime._watching.part(Offering)
    if part is not None:
        part.whole = whole


def bus_of(runtime: Operations) -> EventBus:
    """The events of a runtime, to be heard without a thread."""
    return runtime._bus


def alert_records(runtime: Operations) -> list[dict[str, Any]] | None:
    """Every alert that holds or is pending; None: alerts are off, or cannot be asked just now."""
    from .observability.live.alert_record import alert_record

    try:
        return [alert_record(alert) for alert in runtime.alerts.list()]
    except ResilienceError:
        return None
