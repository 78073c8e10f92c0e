"""Tolerances, as Chaos Toolkit means them."""

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience.actors.policies.chaos.tolerance import holds, problem_of

ANSWER = {"status": 200, "body": {"rate": 0.97, "breakers": {"gpt-5": "open"}, "usable": ["a"]}}


@pytest.mark.parametrize(
    ("tolerance", "value", "held"),
    [
        ("closed", "closed", True),
        ("closed", "open", False),
        (True, True, True),
        (True, 1, False),
        (1, True, False),
        (2, 2.0, True),
        (200, ANSWER, True),
        (503, ANSWER, False),
        ([0.9, 1.0], 0.9, True),
        ([0.9, 1.0], 0.89, False),
        ([0.9, 1.0], None, False),
        ([200, 201], ANSWER, True),
        (["open", "half_open", "closed"], "open", True),
        (["open", "half_open"], "closed", False),
        ({"type": "range", "range": [0, 1]}, 0.5, True),
        ({"type": "range", "range": [0, 1]}, 1.5, False),
        ({"type": "range", "range": [0, 1]}, "0.5", False),
        ({"type": "regex", "pattern": "^cl"}, "closed", True),
        ({"type": "regex", "pattern": "^cl"}, "open", False),
        ({"type": "regex", "pattern": "^cl"}, 7, False),
        ({"type": "jsonpath", "path": "$.body.rate"}, ANSWER, True),
        ({"type": "jsonpath", "path": "$.body.nothing"}, ANSWER, False),
        ({"type": "jsonpath", "path": "$.rate", "target": "body", "expect": 0.97}, ANSWER, True),
        ({"type": "jsonpath", "path": "$.body.breakers['gpt-5']", "expect": "open"}, ANSWER, True),
        ({"type": "jsonpath", "path": "$.body.usable[0]", "expect": ["b"]}, ANSWER, False),
        ({"type": "jsonpath", "path": "$.body.usable[7]"}, ANSWER, False),
    ],
)
def test_a_value_is_within_a_tolerance_or_not(tolerance: Any, value: Any, held: bool) -> None:
    assert problem_of(tolerance) is None
    assert holds(tolerance, value) is held


@pytest.mark.parametrize(
    ("tolerance", "told"),
    [
        ({"type": "probe"}, "not supported"),
        ({"type": "regex", "pattern": "("}, "no regular expression"),
        ({"type": "regex"}, "is a text"),
        ({"type": "range", "range": [0]}, "two numbers"),
        ({"type": "jsonpath", "path": "$..x"}, "a simple one"),
        ({"type": "jsonpath", "path": "x"}, "a simple one"),
    ],
)
def test_a_tolerance_that_cannot_be_used_says_why(tolerance: Any, told: str) -> None:
    assert told in (problem_of(tolerance) or "")
