"""Which remedy a model gets, how often, and when it has helped."""

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.recovery.attempts import RemedyLimit
from hive_resilience.actors.policies.recovery.remedies import (
    FleetFacts,
    ModelFacts,
    Remedy,
    choose,
    remedies_for,
)
from hive_resilience.actors.policies.recovery.verification import Verdict, Verification
from hive_resilience.actors.policies.unavailability import UnavailableReason as Reason
from hive_resilience.config import RecoveryConfig

ALL = RecoveryConfig(**{remedy.value: True for remedy in Remedy})
WELL, ALONE = FleetFacts(usable=3, has_file=True), FleetFacts(usable=1, has_file=True)


def facts(reason: Reason | None, **more: Any) -> ModelFacts:
    return ModelFacts("a", reason, 0.0)._replace(**more)


@pytest.mark.parametrize(
    ("model", "remedy"),
    [
        (facts(Reason.QUARANTINED), Remedy.RESTART_ACTOR),
        (facts(Reason.CIRCUIT_OPEN, has_probe=True), Remedy.RESET_BREAKER),
        (facts(Reason.CIRCUIT_OPEN), None),
        (facts(Reason.CIRCUIT_OPEN, key_refused=True, has_probe=True), Remedy.RELOAD),
        (facts(Reason.CIRCUIT_OPEN, workers_down=True), Remedy.RESTART_WORKER),
        (facts(None, workers_down=True), Remedy.RESTART_WORKER),
        (facts(Reason.UNHEALTHY, has_probe=True), Remedy.PROBE_NOW),
        (facts(None, error_rate=0.6, places=10), Remedy.HALF_LIMIT),
        (facts(None, error_rate=0.6, has_probe=True), Remedy.TAKE_OUT),
        (facts(None, error_rate=0.4, has_probe=True, places=10), None),
        (facts(Reason.CIRCUIT_OPEN, by_hand=True, has_probe=True), None),
        (facts(Reason.PARKED, has_probe=True), None),
        (facts(Reason.MAINTENANCE, has_probe=True), None),
        (facts(Reason.CRASHED), None),
    ],
)
def test_every_trouble_has_its_remedy(model: ModelFacts, remedy: Remedy | None) -> None:
    assert choose(model, WELL, ALL) == remedy


def test_by_default_no_remedy_is_taken() -> None:
    assert choose(facts(Reason.QUARANTINED), WELL, RecoveryConfig()) is None


@given(
    st.sampled_from([None, *Reason]),
    st.none() | st.floats(0.0, 1.0),
    st.booleans(),
    st.integers(1, 100),
)
def test_the_last_model_that_serves_is_never_touched(
    reason: Reason | None, rate: float | None, has_probe: bool, places: int
) -> None:
    model = facts(reason, error_rate=rate, has_probe=has_probe, places=places)
    usable = 1 if reason is None else 0

    found = remedies_for(model, FleetFacts(usable, has_file=True))

    assert not {Remedy.HALF_LIMIT, Remedy.TAKE_OUT} & {*found}


def test_each_failure_makes_the_next_wait_four_times_as_long() -> None:
    limit, due = RemedyLimit(), []
    for now in range(700):
        if limit.is_due(float(now), since=0.0, config=ALL):
            due.append(now)
            limit.took(float(now), helped=False)

    assert due == [5, 25, 105, 605]


def test_hands_are_off_after_three_within_the_period() -> None:
    limit = RemedyLimit()
    for now in (0.0, 100.0, 200.0):
        limit.took(now, helped=True)

    assert limit.has_given_up(201.0, ALL)
    assert limit.has_given_up(599.0, ALL)
    assert not limit.has_given_up(600.0, ALL)


def test_three_good_signs_in_a_row_are_proof_and_three_bad_ones_too() -> None:
    good, bad, mixed = Verification(), Verification(), Verification()

    assert [good.sign(good=True) for _ in range(3)][-1] is Verdict.HELPED
    assert [bad.sign(good=False) for _ in range(3)][-1] is Verdict.WORSE
    assert {mixed.sign(good=at % 3 > 0) for at in range(30)} == {Verdict.OPEN}
