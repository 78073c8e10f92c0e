"""What a fleet does at a level, by the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ....config.settings.adaptation.degradation import DegradationConfig
from ....config.settings.adaptation.sheddable import Sheddable


class LevelActions(NamedTuple):
    """All that is done at one level; its own actions and those of the levels below it."""

    plan: str | None = None
    shed: Sheddable | None = None
    limits: float | None = None
    features_off: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """What is done, a word each."""
        return tuple(name for name in self._fields if getattr(self, name))


NOTHING = LevelActions()
SHED_AT: Mapping[Sheddable, float] = {
    Sheddable.LOW: 0.3,
    Sheddable.NORMAL: 0.8,
    Sheddable.HIGH: 0.95,
}
"""The overload at which tasks of each priority are shed."""


def actions_at(config: DegradationConfig, rank: int) -> LevelActions:
    """The actions of the level of this rank: the higher level goes before the lower one.

    >>> when = {"minor": {"features_off": ["images"]}, "severe": {"plan": "cheap"}}
    >>> config = DegradationConfig(when=when)
    >>> actions_at(config, 1).names, actions_at(config, 4).names
    (('features_off',), ('plan', 'features_off'))
    """
    found = NOTHING
    for actions in config.when.in_order[:rank]:
        found = LevelActions(
            actions.plan or found.plan,
            actions.shed or found.shed,
            actions.limits or found.limits,
            found.features_off | frozenset(actions.features_off),
        )
    return found
