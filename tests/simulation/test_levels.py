"""Storms break no invariant of level, cache and recovery, and planted bugs are found."""

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience.actors.policies.degradation.hysteresis import Hysteresis, LevelMove
from hive_resilience.runtime.fleet.degrading import Degrading

from .levels import broken

SEEDS = 3


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_storm_breaks_nothing(seed: int) -> None:
    assert broken(seed) == []


def never_left(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(Hysteresis, "_patience", lambda *_: float("inf"))
    return "of calm"


def falls_at_once(monkeypatch: pytest.MonkeyPatch) -> str:
    move = Hysteresis._move  # pyright: ignore[reportPrivateUsage]

    def whole(self: Hysteresis, now: float, rank: int, reason: str) -> LevelMove:
        return move(self, now, 0 if rank < self.rank else rank, reason)

    monkeypatch.setattr(Hysteresis, "_move", whole)
    return "more than one step"


def answers_from_the_cache(monkeypatch: pytest.MonkeyPatch) -> str:
    keep = Degrading._with_cache  # pyright: ignore[reportPrivateUsage]

    def first(self: Degrading, task: Any, key_of: Any, result: Any) -> Any:
        found = keep(self, task, key_of, result)
        if not result.success:
            return found
        return keep(self, task, key_of, result._replace(success=False))

    monkeypatch.setattr(Degrading, "_with_cache", first)
    return "while a model serves"


def hides_the_cache(monkeypatch: pytest.MonkeyPatch) -> str:
    keep = Degrading._with_cache  # pyright: ignore[reportPrivateUsage]

    def silent(self: Degrading, task: Any, key_of: Any, result: Any) -> Any:
        return keep(self, task, key_of, result)._replace(degradation=None)

    monkeypatch.setattr(Degrading, "_with_cache", silent)
    return "does not say so"


BUGS = [never_left, falls_at_once, answers_from_the_cache, hides_the_cache]


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told = bug(monkeypatch)

    assert any(told in line for seed in range(SEEDS) for line in broken(seed))
