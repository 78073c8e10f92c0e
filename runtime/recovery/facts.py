"""What recovery sees of a fleet: read from what its actors own, on the loop, asking none."""

from __future__ import annotations

from collections.abc import Iterator

from ...actors.policies.breaker.states import State
from ...actors.policies.recovery.remedies import FAILING, FleetFacts, ModelFacts
from ...actors.policies.restart import RestartState
from ...actors.policies.unavailability import UnavailableReason
from ..fleet.fleet import Fleet
from ..fleet.member import Member, workers_name

_ON_TRIAL = frozenset({State.OPEN, State.HALF_OPEN})
_BY_HAND = frozenset({State.FORCED_OPEN, State.DISABLED, State.METRICS_ONLY})


def fleet_facts(fleet: Fleet, *, has_file: bool) -> FleetFacts:
    """How many models can serve, and whether the settings came from a file."""
    router = fleet.router_state
    return FleetFacts(len(router.candidates) - len(router.unavailable), has_file)


def troubled(fleet: Fleet, now: float) -> Iterator[ModelFacts]:
    """Every model that cannot serve or serves badly, as it is now; `since` is not known here."""
    router, down = fleet.router_state, _workers_down(fleet)
    for model_id, member in fleet.members.items():
        if member.leaving is not None:
            continue
        unavailable = router.unavailable.get(model_id)
        rate = member.state.signs.error_rate
        failing = rate is not None and rate >= FAILING
        if unavailable is not None or failing or model_id in down:
            reason = None if unavailable is None else unavailable.reason
            yield _facts(member, reason, now, workers_down=model_id in down)


def is_on_trial(fleet: Fleet, model_id: str) -> bool:
    """Whether a model takes tasks, but has not shown yet that it is well."""
    member = fleet.members.get(model_id)
    return member is not None and member.state.breaker.state(fleet.engine.now()) in _ON_TRIAL


def _facts(
    member: Member, reason: UnavailableReason | None, now: float, *, workers_down: bool
) -> ModelFacts:
    state = member.state
    checks = state.config.health_check.enabled and state.probe is not None
    return ModelFacts(
        member.config.id,
        reason,
        now,
        has_probe=checks,
        by_hand=state.breaker.state(now) in _BY_HAND,
        key_refused=state.account_refused,
        workers_down=workers_down,
        error_rate=state.signs.error_rate,
        places=state.bulkhead.limit,
    )


def _workers_down(fleet: Fleet) -> frozenset[str]:
    """The models whose worker processes are quarantined."""
    prefix = workers_name("")
    return frozenset(
        child.name.removeprefix(prefix)
        for child in fleet.supervision.snapshot()
        if child.name.startswith(prefix) and child.restart.state is RestartState.QUARANTINED
    )


def told(fleet: Fleet, member: Member) -> str:
    """How a model is, in a few words."""
    found = fleet.read(member)
    return f"{found.status}, breaker {found.breaker.state}"
