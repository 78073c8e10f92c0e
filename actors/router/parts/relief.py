"""What the fleet asks of all its models while it is not well: to shed, and to call less."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...load_messages import LowerLimits, ShedFrom

if TYPE_CHECKING:
    from ...engine.reference import AnyRef
    from ...messages import Candidate


class Relief:
    """What holds now, for models that join later too."""

    __slots__ = ("_limits", "_shed")

    def __init__(self) -> None:
        self._shed = ShedFrom(None)
        self._limits = LowerLimits(None)

    @property
    def shed_from(self) -> float | None:
        """The overload that all models count with at least; None: the fleet sheds nothing."""
        return self._shed.x

    @property
    def limit_share(self) -> float | None:
        """The share of their configured limits that models have; None: all."""
        return self._limits.share

    def take(self, message: ShedFrom | LowerLimits, models: Iterable[Candidate]) -> None:
        """Note what holds from now on, and tell all models."""
        if isinstance(message, ShedFrom):
            self._shed = message
        else:
            self._limits = message
        for model in models:
            model.ref.send(message)

    def tell(self, model: AnyRef) -> None:
        """Tell a model that joins now what holds."""
        if self._shed.x is not None:
            model.send(self._shed)
        if self._limits.share is not None:
            model.send(self._limits)
