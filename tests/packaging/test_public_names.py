"""The names an application sees."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import hive_resilience
from hive_resilience import CircuitBreakerConfig, ModelConfig, RetryConfig
from hive_resilience.actors import policies


def test_they_are_sorted_and_all_there() -> None:
    assert hive_resilience.__all__ == sorted(hive_resilience.__all__)
    assert set(hive_resilience.__all__) <= set(dir(hive_resilience))


@pytest.mark.parametrize("name", hive_resilience.__all__)
def test_each_says_what_it_is_for(name: str) -> None:
    assert inspect.getdoc(getattr(hive_resilience, name))


def test_there_are_no_others() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Tsk'"):
        _ = hive_resilience.Tsk


def test_a_star_import_gives_them_all() -> None:
    code = "from hive_resilience import *; import hive_resilience as h; "
    code += "assert set(h.__all__) <= set(globals())"

    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    "name",
    [
        "CircuitBreaker",
        "Retry",
        "RetryBudget",
        "SlidingWindow",
        "LatencySketch",
        "RestartPolicy",
        "Routing",
    ],
)
def test_the_policies_are_named_by_their_package(name: str) -> None:
    assert inspect.getdoc(getattr(policies, name))


def test_a_breaker_alone_trips_and_comes_back() -> None:
    breaker = policies.CircuitBreaker(CircuitBreakerConfig(failure_threshold=1))
    permit = breaker.admit(0.0)
    assert isinstance(permit, policies.Permit)

    permit.failure(1.0, ConnectionError(), 1.0)

    rejection = breaker.admit(2.0)
    assert isinstance(rejection, policies.Rejection)
    assert rejection.retry_after == pytest.approx(59.0)
    assert [event.after for event in breaker.drain_events()] == ["open"]


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        (ModelConfig, {"id": "a", "tiemout": 3}, "tiemout: unknown setting; did you mean timeout?"),
        (RetryConfig, {"maxRetrys": 3}, "did you mean max_retries?"),
        (RetryConfig, {"zzz": 3}, "there are max_retries, base_delay"),
    ],
)
def test_an_unknown_setting_in_python_suggests_the_nearest(
    kind: type[ModelConfig], given: dict[str, object], told: str
) -> None:
    with pytest.raises(ValueError, match="unknown setting") as caught:
        kind.model_validate(given)

    assert told in str(caught.value)
