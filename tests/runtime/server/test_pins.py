"""Which model has the state of a response."""

from __future__ import annotations

import pytest

from hive_resilience.runtime.server.calls.pins import Pins, needed_state


def test_a_response_is_at_the_model_that_made_it_for_an_hour() -> None:
    pins = Pins()
    pins.note({"id": "resp_1", "conversation": {"id": "conv_1"}}, "a", 0.0)

    assert pins.model_of("resp_1", 3599.0) == "a"
    assert pins.model_of("conv_1", 3599.0) == "a"
    assert pins.model_of("resp_1", 3600.0) is None
    assert pins.model_of("resp_2", 0.0) is None


def test_the_oldest_are_forgotten_and_the_latest_use_counts() -> None:
    pins = Pins(most=2)
    for state, model_id in (("r1", "a"), ("r2", "b"), ("r1", "c"), ("r3", "d")):
        pins.note({"id": state}, model_id, 0.0)

    assert [pins.model_of(state, 1.0) for state in ("r1", "r2", "r3")] == ["c", None, "d"]
    assert len(pins) == 2


def test_what_is_no_id_is_not_kept() -> None:
    pins = Pins()
    pins.note({"id": "x" * 201, "conversation": 7}, "a", 0.0)

    assert len(pins) == 0


@pytest.mark.parametrize(
    ("payload", "state"),
    [
        ({}, None),
        ({"previous_response_id": None}, None),
        ({"previous_response_id": "resp_1"}, "resp_1"),
        ({"conversation": "conv_1"}, "conv_1"),
        ({"conversation": {"id": "conv_1"}}, "conv_1"),
    ],
)
def test_a_request_names_its_state(payload: dict[str, object], state: str | None) -> None:
    assert needed_state(payload) == state
