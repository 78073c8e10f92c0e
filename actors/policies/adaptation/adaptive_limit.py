"""The limit of a model's calls at once, where it follows what the model bears.

By AIMD a success raises the limit only if its call began since the limit has moved: a call that
began before says nothing of the limit that holds now. So it rises by one in the time of a call.
Raised by each success it is far too high within the time of one call, and at a limit of 15 two
calls of five are refused.
"""

from __future__ import annotations

from math import inf

from ....config.settings.adaptation.adaptive_limit import AdaptiveLimitConfig, LimitRule
from .aimd import lowered, raised
from .gradient import UsualLatency

_START = {LimitRule.FIXED: 10, LimitRule.AIMD: 10, LimitRule.GRADIENT: 20}


class AdaptiveLimit:
    """Between 1 and `ceiling`. Refusals lower it by both rules; what raises it is the rule's.

    >>> limit = AdaptiveLimit(AdaptiveLimitConfig(rule="aimd"), ceiling=100)
    >>> limit.refused(now=1.0)
    >>> limit.value
    9
    """

    __slots__ = ("_ceiling", "_config", "_estimate", "_first_content", "_moved_at", "_per_token")

    def __init__(self, config: AdaptiveLimitConfig, ceiling: int) -> None:
        self._config = config
        self._ceiling = ceiling
        self.reset()

    def reset(self) -> None:
        """Begin again."""
        config = self._config
        self._estimate = float(min(config.start or _START[config.rule], self._ceiling))
        self._moved_at = -inf
        # Two kinds of latency, which cannot be compared: of streams, and of whole answers.
        self._first_content, self._per_token = UsualLatency(), UsualLatency()

    def reconfigure(self, config: AdaptiveLimitConfig, ceiling: int) -> None:
        """Go on with other settings; what was found out stays, within the new ceiling."""
        self._config = config
        self.bound(ceiling)

    def bound(self, ceiling: int) -> None:
        """Never rise above another ceiling from now on."""
        self._ceiling = ceiling
        self._estimate = min(self._estimate, float(ceiling))

    @property
    def value(self) -> int:
        """Calls at once."""
        return int(self._estimate)

    def refused(self, now: float) -> None:
        """The model has refused a call, or not answered it in time."""
        self._move(lowered(self.value, self._config.backoff), now)

    def succeeded(
        self,
        now: float,
        began: float,
        in_flight: int,
        first_content: float | None = None,
        per_token: float | None = None,
    ) -> None:
        """A call has succeeded; the seconds to its first content or for a token, where known.

        `in_flight` counts the calls at its end with itself.
        """
        if self._config.rule is LimitRule.AIMD:
            if began >= self._moved_at:
                self._move(raised(self.value, in_flight), now)
        elif first_content:
            self._follow(self._first_content, first_content, in_flight)
        elif per_token:
            self._follow(self._per_token, per_token, in_flight)

    def _move(self, limit: int, now: float) -> None:
        if limit != self.value:
            self._moved_at = now
            self._set(limit)

    def _follow(self, usual: UsualLatency, latency: float, in_flight: int) -> None:
        self._set(usual.step(self._estimate, latency, in_flight, self._config.tolerance))

    def _set(self, estimate: float) -> None:
        self._estimate = min(max(estimate, 1.0), float(self._ceiling))
