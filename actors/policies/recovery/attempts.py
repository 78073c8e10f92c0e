"""How often a model gets a remedy: each failure doubles the wait, and then hands are off."""

from __future__ import annotations

from ....config.settings.adaptation.recovery import RecoveryConfig

_FASTER = 4.0


class RemedyLimit:
    """The remedies of one model.

    >>> limit = RemedyLimit()
    >>> config = RecoveryConfig(max_per_model=2, patience=5.0)
    >>> limit.is_due(4.0, since=0.0, config=config), limit.is_due(5.0, since=0.0, config=config)
    (False, True)
    >>> limit.took(5.0, helped=False), limit.took(30.0, helped=False)
    (None, None)
    >>> limit.has_given_up(31.0, config)
    True
    """

    __slots__ = ("_failures", "_last", "_taken")

    def __init__(self) -> None:
        self._taken: list[float] = []
        self._last = float("-inf")
        self._failures = 0

    def is_due(self, now: float, *, since: float, config: RecoveryConfig) -> bool:
        """Whether the next remedy may be taken for a model that is in trouble since `since`."""
        if self.has_given_up(now, config):
            return False
        if now - since < config.patience:
            return False
        return now - self._last >= config.patience * _FASTER**self._failures

    def has_given_up(self, now: float, config: RecoveryConfig) -> bool:
        """Whether so many remedies were taken within the period that no more are."""
        self._taken = [at for at in self._taken if now - at < config.period]
        return len(self._taken) >= config.max_per_model

    def took(self, now: float, *, helped: bool) -> None:
        """A remedy is over."""
        self._taken.append(now)
        self._last = now
        self._failures = 0 if helped else self._failures + 1
