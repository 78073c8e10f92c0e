"""Settings of a fleet of many processes that share breakers and limits."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from ...base import Settings
from ...values.accepts import Named, default
from ...values.units import Duration


class Alone(StrEnum):
    """What a process does without a share, because no owner can be reached."""

    SHARE = "share"
    """It goes on with the limit divided by the processes that there were last."""
    STOP = "stop"
    """It starts no call: the limit is exact."""
    LOCAL = "local"
    """It goes on with the whole limit."""


class LinkPlace(StrEnum):
    """Where a process is part of the Ray cluster."""

    PROCESS = "process"
    """In a child process of its own: the application never imports Ray."""
    INSIDE = "inside"
    """In the application, which is a part of the Ray cluster already."""


class Scope(StrEnum):
    """How far a protection of a model reaches, once there is a cluster."""

    CLUSTER = "cluster"
    """All processes of the cluster share it."""
    PROCESS = "process"
    """Each process has its own."""


class ClusterConfig(Settings):
    """The processes that share breakers and limits, through owners on Ray. Spans are seconds."""

    address: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """The Ray cluster, as `10.0.0.5:6379`; None: this process shares nothing."""
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,39}$")] = "default"
    """The fleet's name in that cluster: processes with the same one share their models."""
    share_time: Duration = default(3.0)
    """How long a process goes on with its share without the owners."""
    exchange_every: Duration = default(0.1)
    """Time between two exchanges with the owners while calls are made; a failure is told sooner."""
    idle_every: Duration = default(1.0)
    """Time between two exchanges while no call is made."""
    exchange_timeout: Duration = default(0.5)
    """Limit of one exchange."""
    join_timeout: Duration = default(2.0)
    """How long a runtime that starts waits for its first share, before it starts alone."""
    alone: Named[Alone] = default(Alone.SHARE)
    """What a process does without a share: `share` (its part of the limits), `stop` (no call), or
    `local` (the whole limits)."""
    link: Named[LinkPlace] = default(LinkPlace.PROCESS)
    """Whether Ray lives in a child process, or inside of an application that is on Ray already."""

    @model_validator(mode="after")
    def _fits(self) -> ClusterConfig:
        if self.idle_every + self.exchange_timeout >= self.share_time:
            raise ValueError(
                f"share_time ({self.share_time:g} s) has to be longer than idle_every "
                f"({self.idle_every:g} s) and exchange_timeout ({self.exchange_timeout:g} s) "
                "together: a share would end between two exchanges"
            )
        if self.exchange_every > self.idle_every:
            raise ValueError(
                f"exchange_every ({self.exchange_every:g} s) is longer than idle_every "
                f"({self.idle_every:g} s)"
            )
        return self
