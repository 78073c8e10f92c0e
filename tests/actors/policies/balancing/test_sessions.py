"""Which model a session goes to."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from functools import partial
from operator import ne

import pytest

from hive_resilience.actors.policies.balancing.sessions import choose_for, drawn_for, place_of

MODELS = ["a", "b", "c", "d", "e"]
SESSIONS = [f"session {number}" for number in range(5_000)]


def anything(_: str) -> bool:
    return True


def homes(models: list[str]) -> dict[str, str | None]:
    return {session: choose_for(session, models, anything) for session in SESSIONS}


def test_each_model_has_its_share_of_the_sessions() -> None:
    # 5,000 sessions, a fifth each: off by 150 (5.3 sigma) below 1e-6; the names are fixed anyway.
    counts = Counter(homes(MODELS).values())
    assert all(count == pytest.approx(1_000, abs=150) for count in counts.values())


def test_a_model_that_leaves_moves_its_own_sessions_alone() -> None:
    before, after = homes(MODELS), homes(["a", "b", "d", "e"])
    assert all(after[s] == home for s, home in before.items() if home != "c")
    moved = Counter(after[s] for s, home in before.items() if home == "c")
    assert set(moved) == {"a", "b", "d", "e"}
    assert min(moved.values()) > 150


def test_the_order_of_the_models_does_not_matter() -> None:
    assert homes(MODELS) == homes(MODELS[::-1])


def test_a_model_that_does_not_take_it_is_passed_over_for_the_next() -> None:
    for session in SESSIONS[:100]:
        first = choose_for(session, MODELS, anything)
        second = choose_for(session, MODELS, partial(ne, first))
        assert second == choose_for(session, [i for i in MODELS if i != first], anything)


def test_where_no_model_takes_it_the_first_one_is_asked_anyway() -> None:
    for session in SESSIONS[:100]:
        asked = choose_for(session, MODELS, lambda _: False)
        assert asked == choose_for(session, MODELS, anything)


def test_no_models_give_no_choice() -> None:
    assert choose_for("s", [], anything) is None


def test_weights_share_the_sessions_out() -> None:
    weights = {"a": 3.0, "b": 1.0}
    found = Counter(choose_for(s, ["a", "b", "c"], anything, weights) for s in SESSIONS)
    assert found["a"] == pytest.approx(3_750, abs=200)
    assert found["c"] == 0


def test_a_model_without_weight_is_the_last_resort() -> None:
    weights = {"a": 1.0}
    assert choose_for("s", ["a", "b"], lambda i: i == "b", weights) == "a"
    assert choose_for("s", ["b"], anything, weights) == "b"


def test_another_process_finds_the_same_model() -> None:
    code = (
        "from hive_resilience.actors.policies.balancing.sessions import place_of;"
        "print(place_of('chat 7', 'gr\\u00f6\\u00dfe'))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert float(told) == place_of("chat 7", "größe")


def test_any_text_may_be_a_session() -> None:
    assert 0.0 < place_of("\ud800", "") < 1.0


def test_the_chance_of_a_session_is_the_same_each_time_and_spread_over_all_sessions() -> None:
    drawn = [drawn_for(session, "a") for session in SESSIONS]
    assert drawn == [drawn_for(session, "a") for session in SESSIONS]
    assert sum(number < 0.1 for number in drawn) == pytest.approx(500, abs=110)
