"""What the router knows of its models beside their order: load, latency, price, ramp-up."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from ....config.settings.model import ModelConfig
from ...fleet_messages import AddModel, ModelChanged
from ...policies.balancing.load import Load
from ...policies.balancing.peak_ewma import PeakEwma
from ...policies.balancing.prices import by_price, price_of
from ...policies.balancing.ramp_up import RampUp


class Balance:
    """Part of what the router owns. The load of a model is its own: here it is only read."""

    __slots__ = ("_cheapest", "_spans", "latencies", "loads", "prices", "ramps")

    def __init__(self) -> None:
        self.ramps = RampUp()
        self.latencies = PeakEwma()
        self.loads: dict[str, Load] = {}
        self.prices: dict[str, float] = {}
        """What a million tokens cost, of the models whose price is known."""
        self._spans: dict[str, float] = {}
        """The models that have a `ramp_up` of their own."""
        self._cheapest: list[str] = []
        """All models by their price, made when first needed; empty: out of date."""

    def join(self, message: AddModel) -> None:
        """One more model."""
        self.loads[message.config.id] = message.load

    def note(self, config: ModelConfig) -> None:
        """The model has these settings from now on."""
        price = price_of(config.prices)
        self.prices.pop(config.id, None)
        if price < inf:
            self.prices[config.id] = price
        self._spans.pop(config.id, None)
        if config.ramp_up is not None:
            self._spans[config.id] = config.ramp_up

    def leave(self, model_id: str) -> None:
        """One model less."""
        for known in (self.loads, self.prices, self._spans):
            known.pop(model_id, None)
        self.latencies.forget(model_id)
        self.ramps.forget(model_id)

    def changed(self, message: ModelChanged, usable: int, span: float, now: float) -> None:
        """The model can serve, or cannot; `usable` models can, and `span` is the usual ramp-up."""
        model_id, unavailable = message.model_id, message.unavailable
        if unavailable is not None:
            self.ramps.left(model_id, unavailable.reason)
        else:
            own = self._spans.get(model_id, span)
            self.ramps.returned(model_id, now, own, self.loads[model_id].failed)
        self.alone(usable)

    def alone(self, usable: int) -> None:
        """So many models can serve: the last one takes every task."""
        if usable < 2:
            self.ramps.cancel()

    def reordered(self) -> None:
        """Models, prices or their order are others now."""
        self._cheapest.clear()

    def cheapest(self, model_ids: Iterable[str]) -> list[str]:
        """All models of the fleet, which are these, by their price."""
        if not self._cheapest:
            self._cheapest = by_price(model_ids, self.prices)
        return self._cheapest
