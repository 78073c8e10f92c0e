"""What may be asked for, what an experiment shows, and how injected errors are judged."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from hive_resilience.actors.policies.chaos.errors import cut_connection, refused_connection
from hive_resilience.actors.policies.chaos.fault import FaultSpec, in_force
from hive_resilience.actors.policies.chaos.observation import Observation
from hive_resilience.actors.policies.outcomes.classify import classify
from hive_resilience.actors.policies.outcomes.fault import Fault
from hive_resilience.config import ChaosConfig
from hive_resilience.errors import (
    InjectedFault,
    InjectedQuotaError,
    InjectedRateLimitError,
    InjectedStatusError,
)


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({"fault": "boom"}, "fault"),
        ({"fault": "hang", "priorities": ["urgent"]}, "there are low, normal, high, critical"),
        ({"fault": "kill_actor", "actor": "root"}, "may be router"),
        ({"fault": "disk_full", "models": ["a"]}, "about the history"),
        ({"fault": "hang", "share": 0}, "greater than 0"),
        ({"fault": "hang", "modles": ["a"]}, "did you mean models"),
    ],
)
def test_what_no_fault_has_is_refused(spec: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        FaultSpec.model_validate(spec)


def test_a_fault_says_what_it_does() -> None:
    def told(**spec: Any) -> str:
        return str(in_force(FaultSpec.model_validate(spec), 0, ChaosConfig(), 0.0))

    assert told(fault="hang", models=["a", "b"], share=0.5) == "hang at a, b, 50 % of the calls"
    assert told(fault="fault") == "fault at all models, 5 % of the calls"
    assert told(fault="disk_full") == "disk_full"


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (refused_connection("a", "x"), Fault.TRANSIENT),
        (cut_connection("a", "x"), Fault.TRANSIENT),
        (InjectedStatusError("503", status=503), Fault.TRANSIENT),
        (InjectedStatusError("400", status=400), Fault.REQUEST),
        (InjectedRateLimitError("429", retry_after=3.0), Fault.RATE_LIMITED),
        (InjectedQuotaError("quota", reason="quota"), Fault.UNAUTHORIZED),
    ],
)
def test_an_injected_error_is_judged_as_what_it_stands_for(error: Exception, fault: Fault) -> None:
    assert isinstance(error, InjectedFault)
    assert classify(error) is fault


def test_an_observation_has_the_three_times() -> None:
    seen = Observation()
    assert seen.is_recovered  # nothing was hit

    seen.hit("a", 1.0)
    seen.hit("a", 2.0)
    seen.noticed("b", 2.1)  # another model's trouble
    seen.answered("a", {"a"}, 2.2)  # by the model itself: no way round
    seen.answered("b", {"a"}, 2.5)
    seen.noticed("a", 3.0)
    seen.noticed("a", 4.0)
    seen.cleared(10.0)
    seen.cleared(11.0)
    seen.answered("b", (), 12.0)
    assert not seen.is_recovered
    seen.answered("a", (), 14.0)

    assert (seen.to_detect, seen.to_divert, seen.to_recover) == (2.0, 1.5, 4.0)
    assert seen.models == {"a": 2}
    assert seen.is_recovered
