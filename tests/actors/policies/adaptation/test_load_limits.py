"""What holds the load of a model: which limit is live, and what a failure says of load."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience import ModelConfig
from hive_resilience.actors.policies.adaptation.load_limits import LoadLimits
from hive_resilience.actors.policies.adaptation.refusals import is_refusal
from hive_resilience.actors.policies.outcomes.classify import classify
from hive_resilience.config import AdaptiveLimitConfig, BulkheadConfig
from hive_resilience.errors import (
    ModelTimeoutError,
    ModelUnavailableError,
    RateLimitedError,
)


def config(**settings: object) -> ModelConfig:
    return ModelConfig(id="a", bulkhead=BulkheadConfig(max_concurrent=40), **settings)  # type: ignore[arg-type]


def late(kind: str) -> ModelTimeoutError:
    return ModelTimeoutError("late", kind=kind, limit=1.0)


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (RateLimitedError("slow down"), True),
        (ModelUnavailableError("busy", status=503), True),
        (ModelUnavailableError("busy", status=529), True),
        (late("attempt"), True),
        (late("first_chunk"), True),
        (late("task"), False),
        (TimeoutError(), True),
        (ModelUnavailableError("broken", status=500), False),
        (ModelUnavailableError("bad gateway", status=502), False),
        (ConnectionError(), False),
        (ValueError(), False),
    ],
)
def test_429_503_and_timeouts_are_refusals(error: BaseException, is_one: bool) -> None:
    assert is_refusal(classify(error), error) is is_one


def test_a_success_is_no_refusal() -> None:
    assert not is_refusal(None, None)


def test_all_of_it_is_off_at_the_defaults() -> None:
    load = LoadLimits(config(), 30.0)
    assert (load.is_on, load.places, load.limit, load.throttle) == (False, 40, None, None)


def test_a_lowered_share_alone_needs_no_look_at_calls() -> None:
    load = LoadLimits(config(), 30.0)
    load.lower(0.5)
    assert (load.is_on, load.places) == (False, 20)


@given(st.floats(0, 1), st.sampled_from(["fixed", "aimd", "gradient"]))
def test_a_share_leaves_at_least_one_place_and_at_most_all(share: float, rule: str) -> None:
    load = LoadLimits(config(adaptive_limit={"rule": rule}), 30.0)
    load.lower(share)
    assert 1 <= load.places <= max(1, int(40 * share))
    load.lower(None)
    assert 1 <= load.places <= 40


def test_other_settings_keep_what_the_limit_has_learnt() -> None:
    load = LoadLimits(config(adaptive_limit={"rule": "aimd"}), 30.0)
    assert load.limit is not None
    load.limit.refused(1.0)
    load.reconfigure(config(adaptive_limit={"rule": "aimd", "backoff": 0.5}), 30.0)
    assert load.places == 9
    load.limit.refused(1.0)
    assert load.places == 4
    load.reconfigure(config(), 30.0)
    assert load.places == 40
    assert load.limit is None


def test_other_limits_hold_the_limit_below_them() -> None:
    load = LoadLimits(config(adaptive_limit={"rule": "aimd"}), 30.0)
    narrow = ModelConfig(
        id="a",
        bulkhead=BulkheadConfig(max_concurrent=5),
        adaptive_limit=AdaptiveLimitConfig(rule="aimd"),
    )
    load.reconfigure(narrow, 30.0)
    assert load.places == 5


def test_a_reset_forgets_what_was_borne() -> None:
    load = LoadLimits(config(adaptive_limit={"rule": "aimd"}, throttle={"enabled": True}), 30.0)
    assert load.limit is not None
    assert load.throttle is not None
    load.limit.refused(1.0)
    load.throttle.refused(load.throttle.started(1, 0.0), 0.0)
    load.reset()
    assert (load.places, load.throttle.share(1, 0.0)) == (10, 0.0)
