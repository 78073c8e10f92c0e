"""Events of a fleet of many processes."""

from __future__ import annotations

from dataclasses import dataclass

from ..events import Event


@dataclass(frozen=True, slots=True)
class ClusterJoined(Event):
    """This process has shares of the fleet's owners, for the first time or again.

    `epoch` names one life of the owners, `peers` is how many processes there are.
    """

    epoch: int
    peers: int


@dataclass(frozen=True, slots=True)
class ClusterLost(Event):
    """No owner has answered for the time of a share: this process goes on alone, as `alone` says.

    `reason` is what the last exchange came to.
    """

    alone: str
    reason: str


@dataclass(frozen=True, slots=True)
class OwnerChanged(Event):
    """Another life of the owners has begun; it learns from the peers for the time of a share."""

    epoch: int


@dataclass(frozen=True, slots=True)
class ClusterSettingsDiffer(Event):
    """The processes of a cluster have different settings for this model: the strictest hold."""

    model_id: str
