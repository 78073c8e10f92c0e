"""The meaning of a task's plan: names of groups, and models with fallbacks of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ...actors.policies.outcomes.errors import InvalidRequestError
from ...actors.task import Plan, check_names
from ...config.settings.group import GroupConfig
from ...config.settings.model import ModelConfig
from ...config.settings.strategy import Strategy
from ...config.values.words import nearest


@dataclass(frozen=True, slots=True)
class Plans:
    """Frozen: a change of the fleet puts another one in its place.

    >>> plans = Plans.of([ModelConfig(id="a", fallbacks=("b",))], [])
    >>> plans.resolve(Plan("a")).model_ids
    ('a', 'b')
    """

    groups: Mapping[str, Plan]
    fallbacks: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, models: Iterable[ModelConfig], groups: Iterable[GroupConfig]) -> Plans:
        """The plans of a configuration."""
        own = {model.id: model.fallbacks for model in models if model.fallbacks}
        return cls(
            MappingProxyType({group.name: _plan(group) for group in groups}), MappingProxyType(own)
        )

    def with_model(self, model: ModelConfig) -> Plans:
        """The same plans with one more model."""
        if self.fallbacks.get(model.id, ()) == model.fallbacks:
            return self
        return replace(
            self, fallbacks=MappingProxyType({**self.fallbacks, model.id: model.fallbacks})
        )

    def without_model(self, model_id: str) -> Plans:
        """The same plans without one model."""
        if model_id not in self.fallbacks:
            return self
        left = {i: others for i, others in self.fallbacks.items() if i != model_id}
        return replace(self, fallbacks=MappingProxyType(left))

    def resolve(self, plan: object) -> Plan:
        """The models to ask. Raises `InvalidRequestError` for a name that no group has."""
        if isinstance(plan, str):
            return self._named(plan)
        if not isinstance(plan, Plan):
            raise InvalidRequestError(
                f"a plan is a Plan or the name of a group, not a {type(plan).__name__}"
            )
        own = None
        if plan.own_fallbacks and not plan.fallbacks:
            own = self.fallbacks.get(plan.primary)
        if own is not None:
            return replace(plan, fallbacks=own)
        check_names(plan)
        return plan

    def _named(self, name: str) -> Plan:
        plan = self.groups.get(name)
        if plan is not None:
            return plan
        meant = nearest(name, self.groups)
        advice = f"did you mean {meant!r}? " if meant else ""
        there_are = ", ".join(self.groups) or "none; the configuration gives them under `groups`"
        raise InvalidRequestError(f"there is no group {name!r}; {advice}there are: {there_are}")


def _plan(group: GroupConfig) -> Plan:
    primary, *fallbacks = group.models
    strategy = group.strategy
    if strategy is None and group.weights is not None:
        strategy = Strategy.WEIGHTED
    return Plan(
        primary,
        tuple(fallbacks),
        strategy=strategy,
        timeout=group.timeout,
        max_concurrent=group.max_concurrent,
        hedge_delay=group.hedge_delay,
        hedge_after=group.hedge_after,
        weights=group.weights,
        route_refusals=group.route_refusals,
        route_request_errors=group.route_request_errors,
        at_most_once=group.at_most_once,
        on_interrupt=group.on_interrupt,
        quorum=group.quorum,
    )
