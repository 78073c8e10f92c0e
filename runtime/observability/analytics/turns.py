"""When a model began to fail, when its tasks went elsewhere, and when it answers again. Pure.

The history keeps minutes; an incident is over in seconds. So the recorder, which looks at what a
model has done each second, hands its looks on to this, which remembers a few times for each model
that fails, and tells them once they have become an incident.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .incidents import What

_OUT = frozenset({"open", "half_open"})
_UNAVAILABLE = "unavailable"
_RECENT = 5.0
"""Seconds before its first failure is seen in which a model's tasks may have gone elsewhere."""


class Look(NamedTuple):
    """What one model has done since the last look, and how it is now."""

    model_id: str
    good: int
    bad: int
    breaker: str | None
    status: str | None

    @property
    def is_out(self) -> bool:
        """Whether it serves no tasks, but for trials."""
        return self.breaker in _OUT or self.status == _UNAVAILABLE


class Turn(NamedTuple):
    """Something that has become of a model at a time, in the seconds of the looks."""

    at: float
    model_id: str
    what: What


class _Watch:
    """A model that fails, or is out."""

    __slots__ = ("answered", "diverted", "failing", "is_out", "told")

    def __init__(self) -> None:
        self.failing: float | None = None
        self.diverted: float | None = None
        self.answered: float | None = None
        self.is_out = False
        self.told = False
        """That its tasks are diverted."""


class Turns:
    """Looks in, turns out. A model that is well costs one look into a dictionary."""

    def __init__(self) -> None:
        self._watched: dict[str, _Watch] = {}
        self._went: set[str] = set()

    def went(self, model_id: str) -> None:
        """It went out just now, and may be back before the next look; from any thread."""
        self._went.add(model_id)

    def diverted(self, now: float, model_ids: Iterable[str]) -> list[Turn]:
        """Other models have answered tasks that were meant for these."""
        found = list[Turn]()
        for model_id in model_ids:
            one = self._watched.setdefault(model_id, _Watch())
            if one.diverted is None:
                one.diverted = now
                found += self._tell_diverted(model_id, one)
        return found

    def looked(self, now: float, look: Look) -> list[Turn]:
        """What has become of a model with this look."""
        one, went = self._watched.get(look.model_id), look.model_id in self._went
        if one is None:
            if not (look.bad or look.is_out or went):
                return []
            one = self._watched[look.model_id] = _Watch()
        self._went.discard(look.model_id)
        return list(self._turns(now, look, one, went=went))

    def forget(self, model_ids: Iterable[str]) -> None:
        """These models have gone."""
        for model_id in model_ids:
            self._watched.pop(model_id, None)

    def _turns(self, now: float, look: Look, one: _Watch, *, went: bool) -> Iterator[Turn]:
        model_id = look.model_id
        if not one.is_out:
            _follow(now, look, one)
        if (look.is_out or went) and not one.is_out:
            one.is_out = True
            if one.failing is not None:
                yield Turn(one.failing, model_id, What.FAILING)
            yield from self._tell_diverted(model_id, one)
            if look.is_out:
                return
        if not one.is_out:
            if one.failing is None:
                del self._watched[model_id]
            return
        if look.good:
            one.answered = one.answered or now
        elif look.bad:
            one.answered = None
        if not look.is_out and one.answered is not None:
            del self._watched[model_id]
            yield Turn(one.answered, model_id, What.ANSWERED)

    @staticmethod
    def _tell_diverted(model_id: str, one: _Watch) -> Iterator[Turn]:
        if one.is_out and one.diverted is not None and not one.told:
            one.told = True
            yield Turn(one.diverted, model_id, What.DIVERTED)


def _follow(now: float, look: Look, one: _Watch) -> None:
    """Since when it fails: the first look since which no look had more good calls than bad."""
    if look.good > look.bad or (look.good and not look.bad):
        one.failing = now if look.bad else None
        one.diverted = one.diverted if look.bad else None
    elif look.bad and one.failing is None:
        one.failing = now
        if one.diverted is not None and now - one.diverted > _RECENT:
            one.diverted = None
