"""How far an experiment may reach."""

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience.actors.policies.chaos.blast_radius import reason_to_refuse, taken_out
from hive_resilience.actors.policies.chaos.fault import FaultSpec, Injection, in_force
from hive_resilience.config import ChaosConfig


def fault(kind: str, *models: str, share: float = 1.0, **spec: Any) -> Injection:
    asked = FaultSpec.model_validate({"fault": kind, "models": models, "share": share, **spec})
    return in_force(asked, 0, ChaosConfig(enabled=True), 0.0)


@pytest.mark.parametrize(
    "kind", ["fault", "hang", "cut", "garbage", "empty", "rate_limited", "quota", "kill_actor"]
)
def test_a_fault_of_every_call_may_take_a_model_out(kind: str) -> None:
    assert taken_out([fault(kind, "a")], ["a", "b"]) == {"a"}


@pytest.mark.parametrize("kind", ["latency", "slow_first_chunk", "outcome"])
def test_late_answers_leave_a_model_usable(kind: str) -> None:
    assert taken_out([fault(kind, "a")], ["a", "b"]) == frozenset()


def test_a_small_share_leaves_a_model_usable_and_shares_add_up() -> None:
    small = fault("fault", "a", share=0.3)

    assert taken_out([small], ["a"]) == frozenset()
    assert taken_out([small, fault("hang", "a", share=0.2)], ["a"]) == {"a"}


def test_a_fault_of_all_models_is_refused() -> None:
    told = reason_to_refuse([fault("fault")], ["a", "b"])

    assert told is not None
    assert "(a, b)" in told


def test_the_disk_and_the_router_are_no_models() -> None:
    assert reason_to_refuse([fault("disk_full")], ["a"]) is None
    assert reason_to_refuse([fault("kill_actor", actor="router")], ["a"]) is None


def test_nothing_is_injected_into_a_fleet_without_a_usable_model() -> None:
    assert reason_to_refuse([fault("latency", "a")], []) == "no model is usable as it is"
