"""How a task chooses among models."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, TypeAlias

from ..values.accepts import Accepts
from ..values.units import Positive, Written

GREATEST_WEIGHT = 1e9
"""Of a model, in settings and in a plan."""
HedgeDelay: TypeAlias = Accepts[Literal["p95"] | Positive | None, Written | None]
"""Time between the starts of parallel attempts."""
HedgeWord: TypeAlias = Literal["auto", "streams", "never"]
HedgeAfter: TypeAlias = Accepts[HedgeWord | Positive, Written]
"""Silence of a model before the next one is asked beside it. `auto`: by how long its first content
takes; `streams`: so for streams, and `never` for whole answers."""
HedgeAfterOrNone: TypeAlias = Accepts[HedgeWord | Positive | None, Written | None]
"""As `HedgeAfter`, or None: what stands above it says."""


class Strategy(StrEnum):
    """How a task chooses among models."""

    # The hash of an enum is a Python function; these are keys on the way of every task.
    __hash__ = str.__hash__

    SEQUENTIAL = "sequential"
    PARALLEL = "parallel"
    WEIGHTED = "weighted"
    RANDOM = "random"
    LEAST_IN_FLIGHT = "least_in_flight"
    P2C = "p2c"
    CHEAPEST = "cheapest"
    QUORUM = "quorum"


class RouteRequestErrors(StrEnum):
    """Which errors of a request make a task go on to the next model."""

    NONE = "none"
    MODEL_LIMITS = "model_limits"
    ALL = "all"
