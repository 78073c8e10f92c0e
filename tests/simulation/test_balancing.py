"""Ramps, sessions, load and quorum under chance; and bugs that the simulation has to find."""

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hive_resilience.actors.model.load import ModelLoad
from hive_resilience.actors.policies.balancing import ballot, ramp_up
from hive_resilience.actors.policies.balancing.ramp_up import RampUp
from hive_resilience.actors.router import picking

from ..sampling import sampled
from .balancing import simulate
from .bug import Bug, Patch, skip

WITHIN = 20


@pytest.mark.parametrize("seed", sampled(range(40), every=20))
def test_every_choice_is_as_it_should_be(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert simulate(seed, monkeypatch) == []


def endless_ramp(patch: Patch) -> None:
    """A ramp never ends."""
    patch.setattr(ramp_up._Ramp, "is_over", lambda *_: False)
    patch.setattr(ramp_up._Ramp, "share", lambda *_: ramp_up.FIRST_SHARE)


def ramp_of_the_last_model(patch: Patch) -> None:
    """The last usable model keeps its ramp."""
    patch.setattr(RampUp, "cancel", skip)


def waiting_for_a_ramp(patch: Patch) -> None:
    """A task is moved to a model that has no place for it."""
    patch.setattr(ModelLoad, "has_place", lambda *_: True)


def forgotten_session(patch: Patch) -> None:
    """A session goes anywhere."""
    patch.setattr(picking, "STICKY", frozenset[str]())


def exclusive_session(patch: Patch) -> None:
    """A session waits for its model, though another has a place."""
    choose: Any = vars(picking)["choose_for"]

    def always(session: str, models: Any, takes: Any, weights: Any = None) -> Any:
        return choose(session, models, lambda _: True, weights)

    patch.setattr(picking, "choose_for", always)


def any_quorum(patch: Patch) -> None:
    """Answers that differ make a quorum."""
    add: Callable[..., None] = ballot.Ballot.add
    patch.setattr(ballot.Ballot, "add", lambda self, voter, _: add(self, voter, "same"))


def busiest_first(patch: Patch) -> None:
    """The model with the most calls is taken for the one with the fewest."""
    patch.setattr(ModelLoad, "in_flight", property(lambda self: -self._state.bulkhead.in_flight))


BUGS = (
    Bug(endless_ramp, "whole share", 0),
    Bug(ramp_of_the_last_model, "last usable model ramps up", 0),
    Bug(waiting_for_a_ramp, "which is full", 0),
    Bug(forgotten_session, "a session has left", 0),
    Bug(exclusive_session, "a session has left", 0),
    Bug(any_quorum, "a quorum of", 0),
    Bug(busiest_first, "has more calls than", 0),
)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.plant.__name__)
def test_a_planted_bug_is_found(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    bug.plant(monkeypatch)
    seeds = (bug.known_by, *range(WITHIN))

    assert any(bug.told in told for seed in seeds for told in simulate(seed, monkeypatch))
