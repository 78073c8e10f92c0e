"""How long an open breaker stays open."""

from __future__ import annotations

import math

from ....config.settings.breaker import CircuitBreakerConfig
from ..chance import Draw

_ENOUGH_DOUBLINGS = 64  # Past any allowed cap, and well below what a float can hold.


class OpenTimer:
    """The open time: doubled for each trial that failed, forgotten after a good time closed.

    `until` is when the wait ends, `open_for` how long it was planned to be, `trials_failed` how
    many trials failed since it was last well.
    """

    __slots__ = ("_closed_at", "open_for", "trials_failed", "until")

    def __init__(self) -> None:
        self.until: float = -math.inf
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
        self.until = now + self.open_for
        return self.open_for

    def lengthen(self, until: float) -> None:
        """Wait until then at least."""
        self.until = max(self.until, until)

    def trial_failed(self) -> None:
        """The next open time is twice as long."""
        self.trials_failed += 1

    def closed(self, now: float) -> None:
        """It closed; when it stays so for as long as it was open, failed trials are forgotten."""
        self._closed_at = now

    def is_sound(self) -> bool:
        """Whether its numbers can be what they are."""
        return self.trials_failed >= 0 and self.open_for >= 0.0 and not math.isnan(self.until)
