"""When the budget of errors burns: true outages are told, and few failures by chance are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.alerting.burn_rate import BURN_RULES, burning, lower_bound
from hive_resilience.actors.policies.alerting.running_sums import Sums

from .burn_table import JUDGES, RATES, false_pages, minutes_to_page, ours

FAST, SLOW = BURN_RULES


def judged(long: tuple[int, int], short: tuple[int, int]) -> bool:
    def sums(window: float) -> Sums:
        return {3_600.0: Sums(*long), 300.0: Sums(*short)}.get(window, Sums(0, 0))

    return burning(FAST, sums, 0.999) is not None


def test_an_outage_burns() -> None:
    assert judged((100, 50), (10, 10))


def test_two_failures_burn_nothing_however_few_the_tasks() -> None:
    assert judged((3, 3), (3, 3))
    assert not judged((2, 2), (2, 2))


def test_an_outage_that_is_over_burns_no_more() -> None:
    assert not judged((1_000, 500), (100, 0))


def test_a_share_above_the_threshold_by_chance_burns_nothing() -> None:
    # 3 of 200 is 1.5 %, above 1.44 %; its lower bound is not.
    assert not judged((200, 3), (20, 3))


@given(st.integers(1, 5_000), st.data())
def test_the_lower_bound_is_below_the_share_and_grows_with_failures(
    total: int, data: st.DataObject
) -> None:
    failed = data.draw(st.integers(0, total - 1))

    assert 0 <= lower_bound(failed, total) <= failed / total + 1e-12
    assert lower_bound(failed, total) <= lower_bound(failed + 1, total)


def test_the_bound_is_that_of_the_books() -> None:
    # Wilson's interval for 10 of 100, z 1.96: 5.5 % to 17.4 %.
    assert lower_bound(10, 100, 1.96) == pytest.approx(0.0552, abs=2e-4)


def test_a_model_on_budget_pages_for_nothing_at_few_calls() -> None:
    pages = false_pages(1.0, seed=0, days=30, judges=JUDGES)

    assert pages["plain"] > 20
    assert pages["ours"] <= 2


@pytest.mark.parametrize(("rate", "share", "most"), [(5.0, 1.0, 3), (5.0, 0.1, 25), (1.0, 1.0, 10)])
def test_an_outage_is_paged_within_minutes(rate: float, share: float, most: int) -> None:
    assert minutes_to_page(rate, 0, share, ours) <= most


WITHIN = {  # false pages a month: plain at least, ours at most; minutes at most: all, a tenth
    0.2: (5, 1, 60, 600),
    1.0: (30, 1, 10, 150),
    5.0: (0, 1, 4, 40),
    20.0: (0, 1, 3, 20),
}


@pytest.mark.conformance
@pytest.mark.parametrize("rate", RATES)
def test_the_whole_table_is_within_its_limits(rate: float) -> None:
    plain, most, all_fail, a_tenth = WITHIN[rate]
    seeds = range(3)
    pages = [false_pages(rate, seed, 30, JUDGES) for seed in seeds]

    assert sum(one["plain"] for one in pages) / 3 >= plain
    assert sum(one["ours"] for one in pages) / 3 <= most
    assert max(minutes_to_page(rate, seed, 1.0, ours) for seed in range(5)) <= all_fail
    assert max(minutes_to_page(rate, seed, 0.1, ours) for seed in range(5)) <= a_tenth
