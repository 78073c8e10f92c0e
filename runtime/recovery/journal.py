"""The last remedies of a fleet, and how many there were."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping

from ...actors.policies.recovery.records import RemedyOutcome, RemedyRecord

KEPT = 100


class Journal:
    """Keeps the last hundred records."""

    def __init__(self) -> None:
        self._records: deque[RemedyRecord] = deque(maxlen=KEPT)
        self._counts: Counter[str] = Counter()

    def add(self, record: RemedyRecord) -> None:
        """One more."""
        self._records.appendleft(record)
        self._counts[record.outcome.value] += 1

    @property
    def records(self) -> tuple[RemedyRecord, ...]:
        """The newest first."""
        return tuple(self._records)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many remedies had each outcome."""
        return {outcome.value: self._counts[outcome.value] for outcome in RemedyOutcome}
