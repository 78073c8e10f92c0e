"""Settings of a group: a plan with a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from ..base import Settings
from ..values.accepts import NamedOrNone, default
from ..values.units import DurationOrNone
from ..values.values import NUMBER, SWITCH
from ..values.words import Names, plain_name
from .strategy import GREATEST_WEIGHT, HedgeAfterOrNone, HedgeDelay, RouteRequestErrors, Strategy
from .stream import OnInterrupt

Weight = Annotated[float, Field(ge=0, le=GREATEST_WEIGHT), NUMBER]


class GroupConfig(Settings):
    """Models that serve tasks together, for `plan="name"`. Spans are seconds.

    >>> GroupConfig(name="fast", models=("small", "large"), strategy="weighted").models
    ('small', 'large')
    """

    name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain_name)]
    """Unique among groups."""
    models: Names = Field(min_length=1)
    """The models in their order: the first is the primary, the others are its fallbacks."""
    strategy: NamedOrNone[Strategy] = default(None)
    """None: weighted where there are `weights`, quorum where there is a `quorum`, else the
    runtime's `default_strategy`."""
    weights: Mapping[str, Weight] | None = None
    """Shares for the weighted strategy; a model without a share has 0."""
    quorum: Annotated[int, Field(ge=1, le=1_000), NUMBER] | None = None
    """How many have to agree with the strategy quorum; None: the runtime's `quorum`."""
    timeout: DurationOrNone = default(None)
    """Limit of a whole task that has none of its own; None: the runtime's `task_timeout`."""
    max_concurrent: Annotated[int, Field(ge=1, le=1_000_000), NUMBER] | None = None
    """How many the parallel strategy asks at once; None: the runtime's `max_parallel`."""
    hedge_delay: HedgeDelay = default(None)
    """Time between the starts of parallel attempts; None: the runtime's `hedge_delay`."""
    hedge_after: HedgeAfterOrNone = default(None)
    """Silence of a model before the next one is asked beside it; None: what the model's say."""
    route_refusals: Annotated[bool, SWITCH] = False
    """Whether the next model is asked when a model refuses the content."""
    route_request_errors: NamedOrNone[RouteRequestErrors] = default(None)
    """Whether the next model is asked when a model cannot take the request; None: the runtime's."""
    at_most_once: Annotated[bool, SWITCH] | None = None
    """Whether only calls that certainly reached no model go on; None: the runtime's setting."""
    on_interrupt: NamedOrNone[OnInterrupt] = default(None)
    """What follows when a stream is cut after its first content; None: the model's setting."""

    @model_validator(mode="after")
    def _weights_are_used(self) -> GroupConfig:
        if self.weights is not None and self.strategy not in (None, Strategy.WEIGHTED):
            raise ValueError(f"weights are for the strategy weighted, not {self.strategy.value}")
        return self

    @model_validator(mode="after")
    def _quorum_is_used(self) -> GroupConfig:
        if self.quorum is None:
            return self
        if self.strategy not in (None, Strategy.QUORUM) or self.weights is not None:
            raise ValueError("a quorum is for the strategy quorum alone")
        return self
