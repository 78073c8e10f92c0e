"""One fault as it is asked for, and as it is in force: with every number that it goes by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, model_validator

from ....config.base import Settings
from ....config.settings.chaos import ChaosConfig
from ....config.values.accepts import Accepts, Named, default
from ....config.values.units import Duration, DurationOrNone, DurationOrZero
from ....config.values.values import NUMBER, SWITCH
from .errors import ChaosRefusedError
from .kinds import OF_THE_DISK, FaultKind

PRIORITIES = ("low", "normal", "high", "critical")


class FaultSpec(Settings):
    """What an experiment asks for. Spans are seconds; what is not said comes from the settings."""

    fault: Named[FaultKind]
    models: Accepts[tuple[str, ...], Sequence[str]] = default(())
    """The models that are hit; none: all of them."""
    share: Annotated[float, Field(gt=0, le=1), NUMBER] | None = None
    """Share of the calls that are hit."""
    calls: Annotated[int, Field(ge=1), NUMBER] | None = None
    """How many calls are hit at most."""
    duration: DurationOrNone = default(None)
    """How long it lasts at most."""
    priorities: Accepts[tuple[str, ...], Sequence[str]] = default(())
    """Only calls of tasks with these priorities; none: all."""
    seconds: Duration = default(5.0)
    """How much later an answer or a first chunk comes."""
    times: Annotated[float, Field(gt=1, le=1_000), NUMBER] | None = None
    """Of latency: how many times as long an answer takes, in place of `seconds`."""
    status: Annotated[int, Field(ge=400, le=599), NUMBER] | None = None
    """Of fault: what the server answers; None: it refuses the connection."""
    retry_after: DurationOrZero = default(30.0)
    """Of rate_limited: the wait that the provider asks for."""
    value: Any = ""
    """Of outcome: the answer."""
    chunks: Annotated[int, Field(ge=0, le=1_000_000), NUMBER] = 1
    """Of cut: how many chunks come before the end."""
    actor: str | None = None
    """Of kill_actor: `router`, in place of the actors of models."""
    probes: Annotated[bool, SWITCH] | None = None
    """Whether health checks are hit too; None: where every call is."""

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> FaultSpec:
        for priority in self.priorities:
            if priority not in PRIORITIES:
                raise ValueError(f"priorities: there are {', '.join(PRIORITIES)}")
        if self.actor not in (None, "router"):
            raise ValueError("actor: may be router; the actors of models go by their models")
        if self.models and self.fault in OF_THE_DISK:
            raise ValueError(f"models: {self.fault} is about the history, and no model")
        return self


@dataclass(frozen=True, slots=True)
class Injection:
    """A fault in force. `until` is seconds on the loop's clock; `number` its place from 0."""

    number: int
    spec: FaultSpec
    share: float
    calls: int
    until: float

    @property
    def kind(self) -> FaultKind:
        """What is done."""
        return self.spec.fault

    @property
    def hits_probes(self) -> bool:
        """Whether health checks are hit too."""
        return self.share >= 1.0 if self.spec.probes is None else self.spec.probes

    def is_about(self, model_id: str) -> bool:
        """Whether calls of this model may be hit."""
        return not self.spec.models or model_id in self.spec.models

    def __str__(self) -> str:
        about = ", ".join(self.spec.models) or "all models"
        if self.kind in OF_THE_DISK:
            return str(self.kind)
        return f"{self.kind} at {about}, {100 * self.share:.3g} % of the calls"


def in_force(spec: FaultSpec, number: int, settings: ChaosConfig, now: float) -> Injection:
    """The fault with its limits. Raises `ChaosRefusedError` where it asks for more than allowed."""
    calls, lasts = spec.calls or settings.max_calls, spec.duration or settings.max_duration
    if calls > settings.max_calls:
        told = f"{calls} calls are more than chaos.max_calls allows, {settings.max_calls}"
        raise ChaosRefusedError(told)
    if lasts > settings.max_duration:
        told = f"{lasts:.3g} s are more than chaos.max_duration allows, {settings.max_duration:.3g}"
        raise ChaosRefusedError(told)
    return Injection(number, spec, spec.share or settings.share, calls, now + lasts)
