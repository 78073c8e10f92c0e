"""What answers the routes of operators that have a part of the runtime for themselves."""

from __future__ import annotations

from collections.abc import Mapping

from ...runtime import Runtime
from ..routes import OF_ADAPTATION, OF_ALERTS, OF_CHAOS, OF_CLUSTER
from .adaptation import AdaptationOperating
from .alerts import AlertsOperating
from .chaos import ChaosOperating
from .cluster import ClusterOperating

Operator = AdaptationOperating | AlertsOperating | ChaosOperating | ClusterOperating


def operators(runtime: Runtime) -> Mapping[str, Operator]:
    """By the name of the route."""
    return {
        **dict.fromkeys(OF_ADAPTATION, AdaptationOperating(runtime)),
        **dict.fromkeys(OF_ALERTS, AlertsOperating(runtime)),
        **dict.fromkeys(OF_CHAOS, ChaosOperating(runtime)),
        **dict.fromkeys(OF_CLUSTER, ClusterOperating(runtime)),
    }
