"""What a worker is told at its start: which of how many it is, and what all of them share."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class WorkerPlace:
    """`hub` is the socket of the supervisor, `sockets` are descriptors that are listened on.

    `cluster` is the address of the Ray cluster that the supervisor has started; None: the settings
    name one.
    """

    number: int
    workers: int
    hub: str
    sockets: tuple[int, ...]
    cluster: str | None

    def encoded(self) -> str:
        """For a command line: it has no secret."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def decoded(cls, text: str) -> WorkerPlace:
        """What `encoded` has written."""
        found: dict[str, Any] = orjson.loads(text)
        found["sockets"] = tuple(found["sockets"])
        return cls(**found)
