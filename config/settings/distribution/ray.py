"""Settings of an executor that lives on the nodes of a Ray cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from ...base import Settings
from ...values.accepts import default
from ...values.values import NUMBER

Amount = Annotated[float, Field(ge=0, le=1_000_000), NUMBER]
"""So much of a resource; a part of one is possible."""

Resource = Annotated[str, Field(min_length=1, max_length=200)]


class RayConfig(Settings):
    """Where the executor of a model with `isolation: ray` runs, and what each replica gets."""

    address: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """The Ray cluster, as `10.0.0.5:6379`; without one a model cannot have `isolation: ray`."""
    replicas: Annotated[int, Field(ge=1, le=1_000), NUMBER] = 1
    """Actors of Ray that have the executor; a call goes to the one with the fewest calls."""
    num_cpus: Amount = 1.0
    """Processors that a replica reserves."""
    num_gpus: Amount = 0.0
    """GPUs that a replica reserves."""
    resources: Mapping[Resource, Amount] = default({})
    """Other resources that a replica reserves, by the name they have in the cluster."""
