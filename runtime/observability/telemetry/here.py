"""The task whose telemetry is on here; what stands above asks without knowing OpenTelemetry."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import NamedTuple, Protocol


class Server(NamedTuple):
    """Where an executor of ours sends its requests by itself, and for which model."""

    model: str
    host: str | None
    port: int | None
    provider: str | None = None


class Here(Protocol):
    """What a task under way offers to its executors."""

    def headers(self) -> Mapping[str, str]:
        """What a request of this moment carries, for the trace to go on in its server."""
        ...

    def injected(self, model_id: str, number: int, fault: str) -> None:
        """A chaos experiment hits this attempt."""
        ...


HERE: ContextVar[Here | None] = ContextVar("telemetry_here", default=None)
_NONE: Mapping[str, str] = {}


def trace_headers() -> Mapping[str, str]:
    """The headers by which a trace goes on; none where telemetry is off."""
    here = HERE.get()
    return _NONE if here is None else here.headers()
