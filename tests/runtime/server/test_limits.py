from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import pytest

from hive_resilience.errors import ConfigurationError
from hive_resilience.runtime.server.limits import ServerLimits

NAMES = [one.name for one in fields(ServerLimits)]


def test_the_defaults_are_those_of_the_contract() -> None:
    limits = ServerLimits()

    assert (limits.header_bytes, limits.header_count, limits.request_line_bytes) == (
        *(32_768, 100, 8_192),
    )
    assert (limits.body_bytes, limits.held_bytes) == (33_554_432, 268_435_456)
    assert (limits.headers_within, limits.body_within, limits.keep_alive) == (10.0, 60.0, 75.0)
    assert (limits.connections, limits.connections_per_address, limits.in_flight) == (
        *(4096, 256, 1024),
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("wrong", [0, -1, math.inf, math.nan, True, "10"])
def test_no_limit_is_zero_or_endless_or_no_number(name: str, wrong: Any) -> None:
    given: dict[str, Any] = {name: wrong}

    with pytest.raises(ConfigurationError, match=f"ServerLimits.{name}: should be"):
        ServerLimits(**given)


def test_a_count_is_a_whole_number() -> None:
    given: dict[str, Any] = {"connections": 1.5}

    with pytest.raises(ConfigurationError, match="a whole number above 0"):
        ServerLimits(**given)


def test_a_span_may_be_a_whole_number() -> None:
    assert ServerLimits(drain=5).drain == 5
