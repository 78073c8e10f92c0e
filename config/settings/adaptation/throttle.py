"""Settings of throttling: calls that a model would refuse anyway are not made."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ...base import Settings
from ...values.accepts import default
from ...values.units import Duration
from ...values.values import NUMBER, SWITCH


class ThrottleConfig(Settings):
    """When calls of a model are not made, by how many of the last ones it has accepted."""

    enabled: Annotated[bool, SWITCH] = False
    """Whether calls are throttled, for each priority by its own acceptance."""
    multiplier: Annotated[float, Field(ge=1, le=100), NUMBER] = 2.0
    """Calls made for each accepted call at most; above that a part of them is refused here."""
    window: Duration = default(120.0)
    """How far back it counts; never less than twice the limit of an attempt."""
    max_share: Annotated[float, Field(ge=0, le=0.9), NUMBER] = 0.9
    """Share of the calls that is refused here at most: the rest finds out whether it is over."""
