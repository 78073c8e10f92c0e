"""Answers that are kept: within all three bounds, always."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.degradation.stale_cache import StaleCache
from hive_resilience.config import StaleCacheConfig

SMALL = StaleCacheConfig(max_entries=3, max_bytes=2_000, max_age=60.0)


def test_the_answer_that_was_used_longest_ago_goes_first() -> None:
    cache = StaleCache(SMALL)
    for name in "abc":
        cache.keep(name, name, 1, now=0.0)

    cache.find("a", now=1.0)
    cache.keep("d", "d", 1, now=2.0)

    assert [cache.find(name, now=3.0) is not None for name in "abcd"] == [True, False, True, True]


def test_an_old_answer_is_not_given() -> None:
    cache = StaleCache(SMALL)
    cache.keep("a", "answer", 1, now=0.0)

    assert cache.find("a", now=60.0) == ("answer", 60.0)
    assert cache.find("a", now=60.5) is None
    assert cache.size == 0


def test_an_answer_above_all_bytes_is_not_kept_and_takes_the_older_one_along() -> None:
    cache = StaleCache(SMALL)
    cache.keep("a", "small", 1, now=0.0)

    cache.keep("a", "large", 2_001, now=1.0)

    assert (cache.find("a", now=1.0), len(cache), cache.size) == (None, 0, 0)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1_500)), max_size=60))
def test_no_bound_is_ever_broken(answers: list[tuple[int, int]]) -> None:
    cache, sizes = StaleCache(SMALL), dict[int, int]()
    for at, (key, size) in enumerate(answers):
        cache.keep(key, key, size, now=float(at))
        sizes[key] = size
        kept = [one for one in sizes if cache.find(one, now=float(at)) is not None]

        assert len(cache) <= 3
        assert cache.size <= 2_000
        assert cache.size == sum(sizes[one] for one in kept)
