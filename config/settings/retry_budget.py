"""Settings of the budget that the retries of all models share."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..base import Settings
from ..values.values import NUMBER, SWITCH


class RetryBudgetConfig(Settings):
    """How many repetitions and hedges all models together may have beside their answers."""

    enabled: Annotated[bool, SWITCH] = True
    """Whether there is such a budget; each model has one of its own beside it."""
    ratio: Annotated[float, Field(ge=0, le=1), NUMBER] = 0.2
    """Repetitions and hedges as a share of the tasks that were answered."""
    reserve: Annotated[int, Field(ge=0, le=1_000_000), NUMBER] = 10
    """Repetitions and hedges beyond the share."""
