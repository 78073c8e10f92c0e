"""What a caller may ask for by `model`: a model, a group, an alias, or `auto`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ...actors.task import Plan
from ...config.settings.group import GroupConfig
from ...config.settings.model import ModelConfig
from ...config.settings.runtime import RuntimeConfig
from ...config.settings.stream import OnInterrupt
from ...config.values.words import nearest
from ..fleet.plans import Plans
from .failures import Refused, refused

AUTO = "auto"
"""Any model that takes the task, in the order of the fleet or by its default strategy."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a name stands for; `plan` None: the whole fleet.

    `interrupts`: what the settings of its models want to follow a cut stream.
    """

    models: tuple[str, ...]
    plan: Plan | None
    interrupts: frozenset[OnInterrupt]


class Names:
    """The names of one configuration and of these models. A key may have only some of them.

    A model that was removed has no name any more, and no alias; its groups go on without it.
    """

    def __init__(self, config: RuntimeConfig, models: Sequence[ModelConfig]) -> None:
        self.config: RuntimeConfig = config
        self.models: Sequence[ModelConfig] = models
        self._plans = Plans.of(models, config.groups)
        self._modes = {model.id: model.stream.on_interrupt for model in models}
        self._asked = dict(self._table())
        self.forwarded: frozenset[str] = frozenset(
            name.lower() for model in models for name in model.forward_headers
        )
        """Headers of callers that the settings of a model name."""

    def _table(self) -> Iterator[tuple[str, Asked]]:
        yield AUTO, self._of(tuple(self._modes), None)
        found: dict[str, Asked] = {}
        for group in self.config.groups:
            plan = self._plans.resolve(group.name)
            found[group.name] = self._of(plan.model_ids, plan)
        for model_id in self._modes:
            plan = self._plans.resolve(Plan(model_id))
            found.setdefault(model_id, self._of(plan.model_ids, plan))
        for alias, target in self.config.global_.aliases.items():
            if target in found:
                found[alias] = found[target]
        yield from found.items()

    def _of(self, models: tuple[str, ...], plan: Plan | None) -> Asked:
        mode = None if plan is None else plan.on_interrupt
        known = {self._modes[i] for i in models if i in self._modes}
        modes = known if mode is None else {OnInterrupt(mode)}
        return Asked(models, plan, frozenset(modes) or frozenset({OnInterrupt.RAISE}))

    def all(self, allowed: frozenset[str] | None = None) -> list[str]:
        """The names to be listed: `auto`, groups, models, aliases."""
        return [name for name in self._asked if allowed is None or name in allowed]

    def asked(
        self, name: str, allowed: frozenset[str] | None = None, others: Sequence[str] = ()
    ) -> Asked:
        """What the name stands for, and behind it the models of other names.

        Raises `Refused` for an unknown one, or one that is not allowed.
        """
        found = self._one(name, allowed)
        if not others:
            return found
        models = dict.fromkeys(found.models)
        for other in others:
            models.update(dict.fromkeys(self._one(other, allowed).models))
        primary, *rest = models
        plan = found.plan or Plan(primary)
        return self._of(tuple(models), replace(plan, primary=primary, fallbacks=tuple(rest)))

    def within(self, seconds: float | None, plan: Plan | None) -> float | None:
        """The time that a caller wants for a task, as far as the settings give it."""
        if seconds is None:
            return None
        return min(seconds, (plan and plan.timeout) or self.config.global_.task_timeout)

    def _one(self, name: str, allowed: frozenset[str] | None) -> Asked:
        found = self._asked.get(name)
        if found is None:
            raise self._unknown(name, allowed)
        if allowed is None or name in allowed:
            return found
        if name == AUTO:
            return self._among(allowed)
        told = f"this key may not use the model {name!r}"
        raise refused(403, "model_not_allowed", told, param="model")

    def _among(self, allowed: frozenset[str]) -> Asked:
        """`auto` for a key that has only some of the names: their models, in the fleet's order."""
        have = {i for name in allowed if name in self._asked for i in self._asked[name].models}
        models = tuple(i for i in self._modes if i in have)
        if not models:
            raise refused(403, "model_not_allowed", "this key has no model of this server")
        return self._of(models, Plan(models[0], models[1:], own_fallbacks=False))

    def _unknown(self, name: str, allowed: frozenset[str] | None) -> Refused:
        names = self.all(allowed)
        meant = nearest(name[:200], names)
        advice = f"did you mean {meant!r}?" if meant else "/v1/models lists what there is"
        told = f"there is no model {name[:100]!r}; {advice}"
        return refused(404, "model_not_found", told, param="model")


def first_alone(asked: Asked) -> Plan:
    """A plan for the first model of a name, without any other."""
    plan = asked.plan or Plan(asked.models[0])
    return replace(
        plan, fallbacks=(), own_fallbacks=False, weights=None, strategy=None, quorum=None
    )


def ending(asked: Asked, plan: Plan | None, mode: OnInterrupt) -> Plan:
    """The same plan with what follows a cut stream."""
    found = plan or Plan(asked.models[0], asked.models[1:], own_fallbacks=False)
    return replace(found, on_interrupt=mode)


def restarting(models: Iterable[ModelConfig], groups: Iterable[GroupConfig]) -> list[str]:
    """Where settings say `on_interrupt: restart`, which no client over HTTP can bear."""
    found = [f"models.{m.id}" for m in models if _restarts(m.stream.on_interrupt)]
    return found + [f"groups.{g.name}" for g in groups if _restarts(g.on_interrupt)]


def _restarts(mode: OnInterrupt | None) -> bool:
    return mode is OnInterrupt.RESTART
