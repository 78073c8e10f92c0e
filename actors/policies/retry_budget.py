"""How many retries and hedges a model may have beside its requests, so that they cannot pile up."""

from __future__ import annotations

from dataclasses import dataclass

from ...config.settings.retry import RetryConfig
from ...config.settings.retry_budget import RetryBudgetConfig

_MEMORY = 1_000
"""Requests whose deposits are kept: quiet hours do not save up for a storm of retries."""
_UNIT = 1_000_000
"""One retry. Whole numbers, so that five deposits of 0.2 are exactly one retry."""


@dataclass(frozen=True, slots=True)
class RetryBudgetSnapshot:
    """`available` and `capacity` in retries; the others count calls since the start."""

    available: float
    capacity: float
    deposited: int
    withdrawn: int
    refused: int


class RetryBudget:
    """An account of retries: it opens with the reserve, a success deposits, a retry withdraws.

    The level is reserve + ratio x deposits - withdrawals, at most reserve + ratio x 1,000.

    >>> budget = RetryBudget(ratio=0.5, reserve=1)
    >>> budget.withdraw(), budget.withdraw()
    (True, False)
    >>> budget.deposit(); budget.deposit()
    >>> budget.withdraw()
    True
    """

    # Deposits are only counted, and added up when the level is needed: nothing is withdrawn in
    # between, so the cap cuts off the same.
    __slots__ = (
        "_added",
        "_capacity",
        "_deposit",
        "_level",
        "_parts",
        "_reserve",
        "deposited",
        "enabled",
        "refused",
        "withdrawn",
    )

    def __init__(self, *, ratio: float = 0.2, reserve: int = 10) -> None:
        self._deposit = round(ratio * _UNIT)
        self._level = self._reserve = reserve * _UNIT
        self._parts = 1
        self._capacity = self._level + self._deposit * _MEMORY
        self.enabled = True
        self.deposited = self._added = 0
        self.withdrawn = 0
        self.refused = 0

    @classmethod
    def of(cls, config: RetryConfig) -> RetryBudget:
        """The budget that the settings of a model's retries describe."""
        return cls(ratio=config.budget_ratio, reserve=config.budget_reserve)

    @classmethod
    def shared(cls, config: RetryBudgetConfig) -> RetryBudget:
        """The budget that all models share."""
        budget = cls(ratio=config.ratio, reserve=config.reserve)
        budget.enabled = config.enabled
        return budget

    def reconfigure(self, config: RetryConfig) -> None:
        """Go on with another ratio and reserve; what is on the account stays, as far as it fits."""
        self._adopt(RetryBudget.of(config), self._parts)

    def share(self, config: RetryBudgetConfig) -> None:
        """As `reconfigure`, for the budget that all models share."""
        self.enabled = config.enabled
        self._adopt(RetryBudget.shared(config), self._parts)

    def divide(self, parts: int) -> None:
        """Go on with such a part of the reserve: so many processes have an account each.

        Deposits are of own successes, and add up by themselves.
        """
        if parts != self._parts:
            self._adopt(self, parts)

    def _adopt(self, other: RetryBudget, parts: int) -> None:
        level, part = self._balance() - self._reserve // self._parts, other._reserve // parts
        self._deposit, self._reserve, self._parts = other._deposit, other._reserve, parts
        self._capacity = part + self._deposit * _MEMORY
        self._level = min(max(level + part, 0), self._capacity)

    @property
    def available(self) -> float:
        """Retries that could be withdrawn now."""
        return self._balance() / _UNIT

    def deposit(self) -> None:
        """A request succeeded."""
        self.deposited += 1

    def withdraw(self) -> bool:
        """A retry or a hedge wants to start: whether it may."""
        if not self.enabled:
            self.withdrawn += 1
            return True
        if self._balance() < _UNIT:
            self.refused += 1
            return False
        self._level -= _UNIT
        self.withdrawn += 1
        return True

    def snapshot(self) -> RetryBudgetSnapshot:
        return RetryBudgetSnapshot(
            available=self.available,
            capacity=self._capacity / _UNIT,
            deposited=self.deposited,
            withdrawn=self.withdrawn,
            refused=self.refused,
        )

    def _balance(self) -> int:
        paid_in = (self.deposited - self._added) * self._deposit
        self._added = self.deposited
        self._level = min(self._level + paid_in, self._capacity)
        return self._level
