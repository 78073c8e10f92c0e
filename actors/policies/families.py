"""Which models of a fleet may take a task, by what it wants and what they speak.

Three things besides the family narrow the choice. Embeddings can be compared only within a space.
What a provider has signed or encrypted is read by its own account, so such tasks stay within a
group. What a server remembers is known to one model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ...config.values.families import Families, Family, takes
from .outcomes.attempt import AttemptRecord, Outcome
from .outcomes.errors import UnsupportedTaskError
from .task_kinds import Bound, Kind


class Speaker(NamedTuple):
    """What matters of a model here; `families` None: it takes every type of task."""

    families: Families | None = None
    space: str | None = None
    """What its embeddings can be compared with; None: with no other model's."""
    name: str | None = None
    """The model's name at its server."""


class Unfit(NamedTuple):
    """Why a model does not take a task, whatever state it is in."""

    why: str

    def record(self, model_id: str, now: float) -> AttemptRecord:
        """The record of a task that has passed this model over."""
        error = UnsupportedTaskError(f"{model_id} {self.why}", model_id=model_id)
        return AttemptRecord(model_id, 0, Outcome.REJECTED, 0.0, 0.0, error)


class Fit(NamedTuple):
    """The models that may take a task, in their order, and why the others may not."""

    ids: tuple[str, ...]
    unfit: tuple[tuple[str, Unfit], ...] = ()


class FamilyTable:
    """The models of a fleet and its groups.

    >>> table = FamilyTable()
    >>> table.add("a", Speaker(frozenset({Family.EMBEDDING})))
    >>> table.fit(Kind(Family.CHAT), ["a", "b"], planned=False).ids
    ('b',)
    """

    __slots__ = ("_groups", "_speakers")

    def __init__(self) -> None:
        self._speakers: dict[str, Speaker] = {}
        self._groups: Mapping[str, tuple[str, ...]] = {}

    def add(self, model_id: str, speaker: Speaker) -> None:
        """One more model, or what is new of one."""
        self._speakers[model_id] = speaker

    def remove(self, model_id: str) -> None:
        """One model less."""
        self._speakers.pop(model_id, None)

    def regroup(self, groups: Mapping[str, tuple[str, ...]]) -> None:
        """The groups are these, by their names."""
        self._groups = groups

    def fit(self, kind: Kind, ids: Iterable[str], *, planned: bool) -> Fit:
        """Which of these models may take a task; `planned`: a plan has named them."""
        ids = tuple(ids)
        if kind.family is None:
            return Fit(ids)
        takers = [i for i in ids if self._takes(i, kind.family)]
        unfit = {i: Unfit(self._told(i, kind.family)) for i in ids if i not in takers}
        if takers and kind.bound is not Bound.FREE:
            anchor, takers = self._named(kind, takers, planned=planned)
            allowed = self._bound_to(anchor, kind.bound, takers, planned=planned)
            why = Unfit(_WHY[kind.bound].format(anchor))
            unfit.update({i: why for i in ids if i not in unfit and i not in allowed})
            takers = allowed
        return Fit(tuple(takers), tuple(unfit.items()))

    def _takes(self, model_id: str, family: Family) -> bool:
        return takes(self._of(model_id).families, family)

    def _told(self, model_id: str, family: Family) -> str:
        spoken = ", ".join(sorted(self._of(model_id).families or ()))
        return f"takes {spoken or 'nothing'}, and no tasks of the type {family}"

    def _named(self, kind: Kind, takers: list[str], *, planned: bool) -> tuple[str, list[str]]:
        """The model that a task is meant for, and those beside which it stands.

        The order of the configuration decides, never which of them is well: the next task has to
        go to the same.
        """
        if planned or kind.named is None:
            return takers[0], takers
        if kind.named in takers:
            return kind.named, takers
        group = self._groups.get(kind.named, ())
        if members := [i for i in group if i in takers]:
            return members[0], members
        called = (i for i in takers if self._of(i).name == kind.named)
        return next(called, takers[0]), takers

    def _bound_to(
        self, anchor: str, bound: Bound, takers: Sequence[str], *, planned: bool
    ) -> list[str]:
        if bound is Bound.SPACE:
            space = self._of(anchor).space
            near = [i for i in takers if space is not None and self._of(i).space == space]
        elif bound is Bound.GROUP:
            near = [i for i in takers if planned or i in self._group_of(anchor)]
        else:
            near = []
        others = [i for i in near if i != anchor]
        return [i for i in takers if i == anchor or i in others]

    def _group_of(self, model_id: str) -> tuple[str, ...]:
        return next((models for models in self._groups.values() if model_id in models), ())

    def _of(self, model_id: str) -> Speaker:
        return self._speakers.get(model_id, _ANYTHING)


_ANYTHING = Speaker()
_WHY = {
    Bound.SPACE: "makes embeddings that cannot be compared with those of {} (embedding_space)",
    Bound.GROUP: "is in no group with {}, and the task stays within one",
    Bound.MODEL: "does not know what the payload refers to; {} is asked alone",
}


def unsupported(model_id: str, wanted: str, taken: Iterable[str]) -> UnsupportedTaskError:
    """A task of the type `wanted` went to a model that takes others."""
    known = ", ".join(taken) or "nothing"
    message = f"{model_id} takes {known}, and no tasks of the type {wanted}"
    return UnsupportedTaskError(message, model_id=model_id)
