"""The account of retries."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hive_resilience.actors.policies.retry_budget import RetryBudget, RetryBudgetSnapshot
from hive_resilience.config import RetryConfig
from hive_resilience.config.settings.retry_budget import RetryBudgetConfig


def spend_all(budget: RetryBudget) -> int:
    spent = 0
    while budget.withdraw():
        spent += 1
    return spent


def test_a_new_budget_holds_its_reserve() -> None:
    assert RetryBudget().available == 10
    assert spend_all(RetryBudget()) == 10


def test_the_reserve_is_divided_by_the_processes_and_deposits_are_not() -> None:
    budget = RetryBudget(ratio=0.5, reserve=10)
    budget.divide(4)
    assert budget.available == 2.5
    assert spend_all(budget) == 2

    budget.deposit()
    assert spend_all(budget) == 1


def test_a_part_of_the_reserve_that_was_spent_does_not_come_back_with_fewer_processes() -> None:
    budget = RetryBudget(reserve=10)
    budget.divide(2)
    assert spend_all(budget) == 5

    budget.divide(1)
    assert budget.available == 5.0
    budget.divide(2)
    budget.reconfigure(RetryConfig(budget_reserve=4))
    assert budget.available == 0.0


def test_five_successes_pay_exactly_one_retry() -> None:
    budget = RetryBudget(reserve=0)

    for _ in range(4):
        budget.deposit()
    assert not budget.withdraw()
    budget.deposit()

    assert budget.withdraw()
    assert not budget.withdraw()


@pytest.mark.parametrize("percent", [1, 10, 20, 33, 70, 100])
def test_retries_are_at_most_the_share_of_requests_beyond_the_reserve(percent: int) -> None:
    budget = RetryBudget(ratio=percent / 100, reserve=0)
    spent = 0

    for _ in range(1000):
        budget.deposit()
        spent += spend_all(budget)

    assert spent == percent * 10


def test_a_quiet_day_saves_up_no_more_than_a_thousand_requests_do() -> None:
    budget = RetryBudget()

    for _ in range(5_000):
        budget.deposit()

    assert budget.available == 210
    assert spend_all(budget) == 210


def test_a_share_of_nothing_leaves_only_the_reserve() -> None:
    budget = RetryBudget(ratio=0, reserve=1)
    budget.deposit()

    assert spend_all(budget) == 1


def test_a_refusal_costs_nothing_and_is_counted() -> None:
    budget = RetryBudget(ratio=0.25, reserve=0)
    for _ in range(3):
        budget.deposit()

    assert not budget.withdraw()
    assert not budget.withdraw()

    assert budget.snapshot() == RetryBudgetSnapshot(
        available=0.75, capacity=250, deposited=3, withdrawn=0, refused=2
    )


def test_the_settings_of_a_model_describe_its_budget() -> None:
    budget = RetryBudget.of(RetryConfig(budget_ratio=0.5, budget_reserve=3))

    assert budget.snapshot().available == 3
    assert budget.snapshot().capacity == 503


class Account(RuleBasedStateMachine):
    """The level is reserve + deposits - withdrawals within its cap, computed in fractions."""

    @initialize(percent=st.integers(0, 100), reserve=st.integers(0, 5))
    def open_account(self, percent: int, reserve: int) -> None:
        self.budget = RetryBudget(ratio=percent / 100, reserve=reserve)
        self.share = Fraction(percent, 100)
        self.level = Fraction(reserve)
        self.cap = reserve + 1000 * self.share
        self.calls = 0

    @rule(times=st.sampled_from([1, 2, 5, 700]))
    def deposit(self, times: int) -> None:
        for _ in range(times):
            self.budget.deposit()
            self.level = min(self.cap, self.level + self.share)

    @rule()
    def withdraw(self) -> None:
        allowed = self.level >= 1
        self.calls += 1

        assert self.budget.withdraw() is allowed

        self.level -= allowed

    @invariant()
    def the_level_balances(self) -> None:
        seen = self.budget.snapshot()
        assert seen.available == pytest.approx(float(self.level), abs=1e-9)
        assert 0 <= seen.available <= seen.capacity
        assert seen.withdrawn + seen.refused == self.calls


TestAccount = Account.TestCase


def test_the_budget_of_all_models_follows_its_own_settings() -> None:
    shared = RetryBudget.shared(RetryBudgetConfig(ratio=0.5, reserve=1))
    assert [shared.withdraw(), shared.withdraw()] == [True, False]
    shared.deposit()
    shared.deposit()
    assert shared.withdraw()
    free = RetryBudget.shared(RetryBudgetConfig(enabled=False, ratio=0.0, reserve=0))
    assert free.withdraw()
    assert (free.withdrawn, free.refused) == (1, 0)
