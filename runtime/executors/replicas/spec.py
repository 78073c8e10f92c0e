"""What the process beside the application needs to know of a model's replicas."""

from __future__ import annotations

from typing import NamedTuple

from ....config.errors import ConfigurationError
from ....config.settings.model import ModelConfig
from ...cluster.place import checked_address

ASK, STREAM, MORE, CANCEL = "ask", "stream", "more", "cancel"
CHUNK, END, DIED = "chunk", "end", "died"
"""Words of the frames, beside those of every link; `died` comes to one call for each death."""

MOST_AHEAD = 64
"""Chunks that are on their way to a reader at most."""


class ReplicaSpec(NamedTuple):
    """`parcel` is the executor, which only a replica unpacks."""

    model_id: str
    parcel: bytes
    address: str
    replicas: int
    num_cpus: float
    num_gpus: float
    resources: dict[str, float]


def spec_of(config: ModelConfig, parcel: bytes) -> ReplicaSpec:
    """What the settings say. Raises `ConfigurationError` without an address."""
    ray = config.ray
    if ray.address is None:
        raise ConfigurationError(
            f"the model {config.id!r} has isolation='ray' and no `ray.address`: name the head of "
            "the Ray cluster, as '10.0.0.5:6379'",
            key=f"models.{config.id}.ray.address",
            model_id=config.id,
        )
    return ReplicaSpec(
        config.id,
        parcel,
        checked_address(ray.address, f"models.{config.id}.ray.address"),
        ray.replicas,
        ray.num_cpus,
        ray.num_gpus,
        dict(ray.resources),
    )
