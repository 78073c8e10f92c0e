"""The collector rests while a fleet is built, and only then."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from hive_resilience.runtime.fleet.gc_pause import gc_paused


@pytest.fixture(autouse=True)
def enabled() -> Iterator[None]:
    yield
    gc.enable()


def test_it_rests_inside_and_works_again_after_an_error() -> None:
    def fail() -> None:
        with gc_paused():
            seen.append(gc.isenabled())
            raise ValueError("wrong")

    seen: list[bool] = []
    with pytest.raises(ValueError, match="wrong"):
        fail()

    assert (seen, gc.isenabled()) == ([False], True)


def test_a_collector_that_the_application_has_stopped_stays_so() -> None:
    gc.disable()

    with gc_paused():
        assert not gc.isenabled()

    assert not gc.isenabled()
