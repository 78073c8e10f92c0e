"""Messages by which the fleet takes load off its models, for as long as it is not well.

To the router, which tells all models, and those that join later. Each is undone by None.
"""

from __future__ import annotations

from typing import NamedTuple


class ShedFrom(NamedTuple):
    """Every model sheds as if its overload were `x` at least (0 to 1); None: by its settings.

    At 0.3 tasks of low priority are refused, at 0.8 those of normal priority as well, at 0.95 those
    of high priority; critical tasks are never refused. At 0.0 only lines shed, by their length.
    """

    x: float | None


class LowerLimits(NamedTuple):
    """The limit of calls at once of every model is this share (above 0, at most 1) of what is
    configured, rounded down and at least 1; None: all of it."""

    share: float | None
