"""Where the owners of a fleet are: what a peer needs to know to reach them."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

import orjson

from ...config.errors import ConfigurationError

NAMESPACE = "hive-resilience"
"""Ray keeps the names of actors apart by namespace; all fleets of a cluster share this one."""

_HOST_AND_PORT = re.compile(r"[^\s/]+:\d{1,5}")

MAKER = "hive_resilience.runtime.cluster.hosting:host_owners"
"""Makes what the owner's process hosts."""


def ray_module() -> Any:
    """Ray, imported when it is needed; it is an extra, and no checker of types needs it."""
    return import_module("ray")


def checked_address(address: str, key: str) -> str:
    """The same. Raises `ConfigurationError` for other words of Ray's, as "auto" or "local".

    With those Ray joins whatever was started last on the machine, or starts a cluster itself.
    """
    if not _HOST_AND_PORT.fullmatch(address):
        raise ConfigurationError(
            f"{address!r} is no address of a Ray cluster: name the host and port of its head, as "
            "'10.0.0.5:6379'",
            key=key,
            value=address,
        )
    return address


@dataclass(frozen=True, slots=True)
class Place:
    """A Ray cluster's `address` ("10.0.0.5:6379"), and the `name` of the fleet there.

    `share_time` is seconds. `maker` is the import path of a function of that span and of whether
    there were owners before, which makes what answers the verbs; a test hosts something smaller.
    `makes`: whether there is to be an owner where there is none; what only looks makes none.
    """

    address: str
    name: str
    share_time: float = 3.0
    maker: str = MAKER
    makes: bool = True

    @property
    def actor_name(self) -> str:
        """The name of the owner's actor in Ray."""
        return f"hive:{self.name}"

    def encoded(self) -> bytes:
        """For the link's process."""
        return orjson.dumps(asdict(self))

    @classmethod
    def decoded(cls, data: bytes) -> Place:
        """What `encoded` has written."""
        return cls(**orjson.loads(data))
