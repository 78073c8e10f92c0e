"""Whether a remedy has helped: three good signs in a row, before its time is over."""

from __future__ import annotations

from enum import Enum

NEEDED = 3
"""Good probes or calls in a row."""
_WORSE = 3
"""Bad signs in a row that end it at once."""


class Verdict(Enum):
    """What is known of a remedy."""

    OPEN = "not known yet"
    HELPED = "it has helped"
    WORSE = "the model is worse than before"


class Verification:
    """Of one remedy: it is fed with signs, one at a time.

    >>> found = Verification()
    >>> [found.sign(good=good).name for good in (True, False, True, True, True)]
    ['OPEN', 'OPEN', 'OPEN', 'OPEN', 'HELPED']
    """

    __slots__ = ("_bad", "_good")

    def __init__(self) -> None:
        self._good = self._bad = 0

    def sign(self, *, good: bool) -> Verdict:
        """A probe or a call went well, or badly."""
        if good:
            self._good, self._bad = self._good + 1, 0
        else:
            self._good, self._bad = 0, self._bad + 1
        if self._good >= NEEDED:
            return Verdict.HELPED
        return Verdict.WORSE if self._bad >= _WORSE else Verdict.OPEN
