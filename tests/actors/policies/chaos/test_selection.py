"""Which calls a fault hits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.chaos.fault import FaultSpec, in_force
from hive_resilience.actors.policies.chaos.selection import Selection, draw_of
from hive_resilience.config import ChaosConfig

SETTINGS = ChaosConfig(enabled=True, max_calls=10_000)


def selection(seed: int = 7, **spec: object) -> Selection:
    asked = FaultSpec.model_validate({"fault": "hang", "share": 0.3, **spec})
    return Selection(in_force(asked, 0, SETTINGS, 0.0), seed)


def hit_of(one: Selection, calls: int, model: str = "a", now: float = 1.0) -> list[int]:
    return [call for call in range(calls) if one.hits_call(model, "normal", now)]


@given(st.integers())
def test_the_same_seed_hits_the_same_calls(seed: int) -> None:
    assert hit_of(selection(seed), 200) == hit_of(selection(seed), 200)


def test_another_seed_hits_other_calls() -> None:
    assert hit_of(selection(1), 200) != hit_of(selection(2), 200)


def test_calls_of_other_models_between_them_change_nothing() -> None:
    alone, among = selection(), selection()
    wanted = hit_of(alone, 100)

    found: list[int] = []
    for call in range(100):
        among.hits_call("b", "normal", 1.0)
        if among.hits_call("a", "normal", 1.0):
            found.append(call)

    assert found == wanted


def test_the_share_of_hits_is_what_was_asked_for() -> None:
    assert 0.27 < len(hit_of(selection(calls=10_000), 10_000)) / 10_000 < 0.33


def test_a_share_of_one_hits_every_call_up_to_the_limit() -> None:
    assert hit_of(selection(share=1.0, calls=5), 20) == [0, 1, 2, 3, 4]


def test_nothing_is_hit_once_its_time_is_over() -> None:
    one = selection(share=1.0, duration=10)

    assert one.hits_call("a", "normal", 9.99)
    assert not one.hits_call("a", "normal", 10.0)


def test_only_calls_of_its_models_and_priorities_are_hit() -> None:
    one = selection(share=1.0, models=["a"], priorities=["low"])

    assert not one.hits_call("b", "low", 1.0)
    assert not one.hits_call("a", "high", 1.0)
    assert one.hits_call("a", "low", 1.0)


@given(st.integers(), st.integers(0, 9), st.text(), st.integers(0))
def test_a_draw_is_a_share(seed: int, number: int, model: str, call: int) -> None:
    assert 0.0 <= draw_of(seed, number, model, call) < 1.0
