"""Experiments under way: their limits, their leases, and their ends."""

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience.actors.policies.chaos.experiments import Experiments
from hive_resilience.actors.policies.chaos.fault import FaultSpec
from hive_resilience.config import ChaosConfig
from hive_resilience.errors import ChaosRefusedError

BOTH = frozenset({"a", "b"})


def experiments(**settings: Any) -> Experiments:
    return Experiments(ChaosConfig(enabled=True, **settings))


def begin(
    all_of_them: Experiments,
    now: float = 0.0,
    id: str = "one",
    usable: frozenset[str] = BOTH,
    allow_outage: bool = False,
    **spec: Any,
) -> Any:
    asked = FaultSpec.model_validate({"fault": "fault", "models": ["a"], "share": 1.0, **spec})
    told = (id, "A title", 7, "test", asked, usable, now)
    return all_of_them.begin(*told, allow_outage=allow_outage)[1]


def test_what_a_fault_does_not_say_comes_from_the_settings() -> None:
    found = begin(experiments(), share=None)

    assert (found.share, found.calls, found.until) == (0.05, 100, 60.0)


@pytest.mark.parametrize("spec", [{"calls": 101}, {"duration": 60.1}])
def test_a_fault_beyond_the_limits_is_refused_and_changes_nothing(spec: dict[str, Any]) -> None:
    all_of_them = experiments()

    with pytest.raises(ChaosRefusedError, match="more than chaos"):
        begin(all_of_them, **spec)

    assert len(all_of_them) == 0


def test_a_second_experiment_is_refused_and_a_second_fault_is_not() -> None:
    all_of_them = experiments()
    begin(all_of_them)

    with pytest.raises(ChaosRefusedError, match="another experiment runs: one"):
        begin(all_of_them, id="two")
    begin(all_of_them, fault="latency")

    assert [len(one.injections) for one in all_of_them] == [2]


def test_the_last_usable_model_is_not_taken_unless_that_is_wanted() -> None:
    all_of_them = experiments()
    begin(all_of_them)

    with pytest.raises(ChaosRefusedError, match="every usable model"):
        begin(all_of_them, models=["b"])
    begin(all_of_them, models=["b"], allow_outage=True)


def test_a_lease_that_is_over_hits_nothing_before_any_clock_has_noticed() -> None:
    all_of_them = experiments()
    begin(all_of_them)

    assert all_of_them.hit("a", "normal", 29.9) is not None
    assert all_of_them.hit("a", "normal", 30.0) is None
    assert all_of_them.hit_probe("a", 30.0) is None
    assert not all_of_them.renew("one", 30.0)


def test_a_renewed_lease_begins_again() -> None:
    all_of_them = experiments()
    begin(all_of_them)

    assert all_of_them.renew("one", 20.0)
    assert all_of_them.hit("a", "normal", 49.9) is not None
    assert not all_of_them.due(49.9)
    assert "lease" in all_of_them.due(50.0)[0].reason


def test_an_experiment_ends_with_its_last_fault() -> None:
    all_of_them = experiments()
    begin(all_of_them, duration=5)
    begin(all_of_them, fault="latency", duration=9)

    assert not all_of_them.due(8.9)
    assert [(one.id, one.aborted) for one in all_of_them.due(9.0)] == [("one", False)]


def test_an_experiment_ends_when_its_calls_are_used_up() -> None:
    all_of_them = experiments()
    begin(all_of_them, calls=2)
    for _ in range(2):
        assert all_of_them.hit("a", "normal", 1.0)

    assert "used up" in all_of_them.due(1.0)[0].reason
    assert all_of_them.hit_probe("a", 1.0) is None


def test_too_many_failed_tasks_abort_it_but_not_the_first_few() -> None:
    all_of_them = experiments()
    begin(all_of_them)
    for _ in range(19):
        all_of_them.note_task(False)
    assert not all_of_them.due(1.0)

    all_of_them.note_task(True)

    (ended,) = all_of_them.due(1.0)
    assert ended.aborted
    assert ended.reason.startswith("only 5.0% of the last 20 tasks were answered")


def test_the_share_that_aborts_is_that_of_the_last_hundred_tasks() -> None:
    all_of_them = experiments()
    begin(all_of_them)
    for answered in (*[True] * 1_000, *[False] * 10):
        all_of_them.note_task(answered)
    assert not all_of_them.due(1.0)

    all_of_them.note_task(False)

    assert all_of_them.due(1.0)


@pytest.mark.parametrize(
    ("share", "probes", "hit"),
    [(1.0, None, True), (0.5, None, False), (0.5, True, True), (1.0, False, False)],
)
def test_health_checks_are_hit_where_every_call_is_or_as_the_fault_says(
    share: float, probes: bool | None, hit: bool
) -> None:
    all_of_them = experiments()
    begin(all_of_them, share=share, probes=probes)

    assert (all_of_them.hit_probe("a", 1.0) is not None) is hit
    assert all_of_them.hit_probe("b", 1.0) is None
