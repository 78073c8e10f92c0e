"""The closed list of remedies, and which of them a model gets."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from ....config.settings.adaptation.recovery import RecoveryConfig
from ..unavailability import UnavailableReason


class Remedy(StrEnum):
    """Something that the runtime can do for a model."""

    PROBE_NOW = "probe_now"
    RESET_BREAKER = "reset_breaker"
    RESTART_ACTOR = "restart_actor"
    RESTART_WORKER = "restart_worker"
    HALF_LIMIT = "half_limit"
    TAKE_OUT = "take_out"
    RELOAD = "reload"


class ModelFacts(NamedTuple):
    """What is known of a model. `reason` is None while it can serve; `since`: monotonic seconds."""

    model_id: str
    reason: UnavailableReason | None
    since: float
    has_probe: bool = False
    by_hand: bool = False
    """Whether an operator has closed it: then it is left alone."""
    key_refused: bool = False
    workers_down: bool = False
    """Whether its worker processes are quarantined."""
    error_rate: float | None = None
    places: int = 1
    """Calls at once that it may have."""


class FleetFacts(NamedTuple):
    """What is known of the fleet: how many models can serve, and whether it has a file."""

    usable: int
    has_file: bool


FAILING = 0.5
"""Share of failed calls from which a model that serves gets a remedy."""
_LEFT_ALONE = frozenset(
    {
        UnavailableReason.MAINTENANCE,
        UnavailableReason.DISABLED,
        UnavailableReason.STOPPING,
        UnavailableReason.STARTING,
        UnavailableReason.UNKNOWN,
        UnavailableReason.NOT_SERVED,
        UnavailableReason.PARKED,
    }
)
"""What an operator, a start or a provider's own word decides."""
_DISTURBING = frozenset({Remedy.HALF_LIMIT, Remedy.TAKE_OUT})
"""Remedies that take something from a model that serves."""


def remedies_for(model: ModelFacts, fleet: FleetFacts) -> tuple[Remedy, ...]:
    """All that could help, the mildest first; nothing for a model that is left alone.

    >>> crashed = ModelFacts("a", UnavailableReason.QUARANTINED, since=0.0)
    >>> remedies_for(crashed, FleetFacts(usable=1, has_file=False))
    (<Remedy.RESTART_ACTOR: 'restart_actor'>,)
    """
    if model.by_hand or model.reason in _LEFT_ALONE:
        return ()
    found = _of_the_usable(model) if model.reason is None else _of_the_others(model, fleet)
    # The last model that serves is never touched: a bad answer may be better than none.
    others = fleet.usable - (model.reason is None)
    return tuple(one for one in found if one not in _DISTURBING or others > 0)


def choose(model: ModelFacts, fleet: FleetFacts, config: RecoveryConfig) -> Remedy | None:
    """The first remedy that could help and is allowed; None: there is none."""
    found = allowed(config)
    return next((one for one in remedies_for(model, fleet) if one in found), None)


def allowed(config: RecoveryConfig) -> tuple[Remedy, ...]:
    """The remedies that are switched on.

    >>> allowed(RecoveryConfig(restart_actor=True))
    (<Remedy.RESTART_ACTOR: 'restart_actor'>,)
    """
    switches = {
        Remedy.PROBE_NOW: config.probe_now,
        Remedy.RESET_BREAKER: config.reset_breaker,
        Remedy.RESTART_ACTOR: config.restart_actor,
        Remedy.RESTART_WORKER: config.restart_worker,
        Remedy.HALF_LIMIT: config.half_limit,
        Remedy.TAKE_OUT: config.take_out,
        Remedy.RELOAD: config.reload,
    }
    return tuple(remedy for remedy, is_on in switches.items() if is_on)


def _of_the_others(model: ModelFacts, fleet: FleetFacts) -> tuple[Remedy, ...]:
    match model.reason:
        case UnavailableReason.QUARANTINED:
            return (Remedy.RESTART_ACTOR,)
        case UnavailableReason.CIRCUIT_OPEN if model.key_refused:
            return (Remedy.RELOAD,) if fleet.has_file else ()
        case UnavailableReason.CIRCUIT_OPEN if model.workers_down:
            return (Remedy.RESTART_WORKER,)
        case UnavailableReason.CIRCUIT_OPEN if model.has_probe:
            return (Remedy.RESET_BREAKER, Remedy.PROBE_NOW)
        case UnavailableReason.UNHEALTHY if model.has_probe:
            return (Remedy.PROBE_NOW,)
        case _:
            return ()


def _of_the_usable(model: ModelFacts) -> tuple[Remedy, ...]:
    if model.workers_down:
        return (Remedy.RESTART_WORKER,)
    if model.error_rate is None or model.error_rate < FAILING:
        return ()
    milder = (Remedy.HALF_LIMIT,) if model.places > 1 else ()
    return (*milder, Remedy.TAKE_OUT) if model.has_probe else milder
