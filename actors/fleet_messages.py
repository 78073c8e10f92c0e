"""Every message about the models of a fleet: their state, their settings, and their operators."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from ..config.settings.model import ModelConfig
from ..config.settings.observability.alerts import AlertsConfig
from ..config.settings.runtime import GlobalConfig
from ..config.settings.strategy import HedgeWord
from .policies.outcomes.attempt import Outcome
from .policies.unavailability import Unavailable

if TYPE_CHECKING:
    from .engine.reference import AnyRef
    from .executor import Executor, Probe
    from .policies.balancing.load import Load


class ModelChanged(NamedTuple):
    """To the router: whether a model can serve; `unavailable` None: it can."""

    model_id: str
    unavailable: Unavailable | None


class QuotaParked(NamedTuple):
    """To the router: a model's provider wants to be left alone, and others share its quota."""

    model_id: str
    quota: str
    seconds: float


class Park(NamedTuple):
    """To a model: another that shares its quota was told to wait so many seconds."""

    seconds: float


class AddModel(NamedTuple):
    """To the router: one more model. `load` is read whenever a choice goes by it."""

    config: ModelConfig
    ref: AnyRef
    load: Load


class RemoveModel(NamedTuple):
    """To the router: no more tasks for this model."""

    model_id: str


class FleetChanged(NamedTuple):
    """To the router: what is different from now on; None: not that.

    `models` have another weight or quota, perhaps; `order` names all of them.
    """

    settings: GlobalConfig | None
    models: tuple[ModelConfig, ...]
    order: tuple[str, ...] | None
    groups: Mapping[str, tuple[str, ...]]
    """The models of each group, by its name."""


class Terms(NamedTuple):
    """How a model is called from now on, and what the runtime's settings mean for it."""

    executor: Executor
    probe: Probe | None
    attempt_timeout: float
    max_parking: float
    hedge_after: HedgeWord | float
    health_interval: float
    alerts: AlertsConfig


class Reconfigure(NamedTuple):
    """To a model: other settings from now on. A model that was being removed stays."""

    config: ModelConfig
    terms: Terms


class PeersCounted(NamedTuple):
    """To the router: so many processes share the limits of the fleet."""

    peers: int


class ReleaseExecutor(NamedTuple):
    """To a model, about an executor that was replaced. Answer, later: True once it has no calls."""

    executor: Executor


class Switch(Enum):
    """What an operator may do to a model."""

    TRIP = "trip"
    RESET = "reset"
    FORCE_OPEN = "force_open"
    DISABLE = "disable"
    METRICS_ONLY = "metrics_only"
    ENTER_MAINTENANCE = "enter_maintenance"
    LEAVE_MAINTENANCE = "leave_maintenance"


class Operate(NamedTuple):
    """To a model, from an operator."""

    switch: Switch
    reason: str = ""


class CheckHealth(NamedTuple):
    """To a model: probe now. Answer, later: the status."""


class ProbeDue(NamedTuple):
    """To a model, from its own clock."""


class Probed(NamedTuple):
    """To a model, from its own probe: how long `check` took, and what it said."""

    check: Probe
    duration: float
    error: BaseException | None


class TrafficCheckDue(NamedTuple):
    """To a model, from its own clock: look at how its traffic goes."""


class AlertsDue(NamedTuple):
    """To a model or the router, from its own clock: an alert was held back until now."""


class Announce(NamedTuple):
    """To a model: tell the router whether you can serve; also from its own clock."""


class DrainModel(NamedTuple):
    """To a model: take no more calls. Answer, later: True once none is in flight."""


class InjectionCounted(NamedTuple):
    """To a model: an experiment has hit one of its calls; `outcome`: how such a call has failed."""

    fault: str
    outcome: Outcome | None = None


class FailureInjected(NamedTuple):
    """To the router: a task that has failed was hit by an experiment."""
