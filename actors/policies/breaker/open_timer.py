"""How long an open breaker stays open."""

from __future__ import annotations

import math

from ....config.settings.breaker import CircuitBreakerConfig
from ..chance import Draw

_DOUBT = 1.0 / 3.0
"""Of `recovery_timeout`, at most: for so long a passed probe that calls contradict is not heard."""
_ENOUGH_DOUBLINGS = 64  # Past any allowed cap, and well below what a float can hold.


class OpenTimer:
    """The open time: doubled for each trial that failed, forgotten after a good time closed.

    `until` is when the wait ends, `open_for` how long it was planned to be, `trials_failed` how
    many trials failed since it was last well, `opened_at` when the wait began.
    """

    __slots__ = ("_closed_at", "open_for", "opened_at", "trials_failed", "until")

    def __init__(self) -> None:
        self.until: float = -math.inf
        self.opened_at: float = -math.inf
        self.open_for: float = 0.0
        self.trials_failed: int = 0
        self._closed_at = math.inf

    def start(
        self, now: float, config: CircuitBreakerConfig, draw: Draw, retry_after: float | None
    ) -> float:
        """Open now; `draw` spreads the end upward. Answers for how long."""
        if now - self._closed_at >= self.open_for:
            self.trials_failed = 0
        self._closed_at = math.inf
        doubled = config.recovery_timeout * 2.0 ** min(self.trials_failed, _ENOUGH_DOUBLINGS)
        capped = min(doubled, config.max_recovery_timeout)
        # Jitter comes after the cap: models that fail for long must not all come back at once.
        self.open_for = max(capped * (1.0 + config.recovery_jitter * draw()), retry_after or 0.0)
        self.opened_at = now
        self.until = now + self.open_for
        return self.open_for

    def lengthen(self, until: float) -> None:
        """Wait until then at least."""
        self.until = max(self.until, until)

    def heeds_probe(self, now: float, config: CircuitBreakerConfig) -> bool:
        """Whether a passed probe may end the wait.

        At once where no trial has failed. Each trial that failed shows that a probe sees less than
        a call, so the next wait lasts longer, up to a third of `recovery_timeout`.
        """
        doubt = _DOUBT * (1.0 - 0.5 ** min(self.trials_failed, _ENOUGH_DOUBLINGS))
        return now - self.opened_at >= doubt * config.recovery_timeout

    def trial_failed(self) -> None:
        """The next open time is twice as long."""
        self.trials_failed += 1

    def closed(self, now: float) -> None:
        """It closed; when it stays so for as long as it was open, failed trials are forgotten."""
        self._closed_at = now

    def is_sound(self) -> bool:
        """Whether its numbers can be what they are."""
        return self.trials_failed >= 0 and self.open_for >= 0.0 and not math.isnan(self.until)
