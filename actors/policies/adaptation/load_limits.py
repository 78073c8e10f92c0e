"""What holds the load of one model: its live limit, its throttle, and what the fleet asks for."""

from __future__ import annotations

from ....config.settings.adaptation.adaptive_limit import LimitRule
from ....config.settings.model import ModelConfig
from .adaptive_limit import AdaptiveLimit
from .throttling import Throttle


class LoadLimits:
    """All of it is off at the defaults, and then `is_on` is False and `places` as configured.

    >>> load = LoadLimits(ModelConfig(id="a", bulkhead={"max_concurrent": 40}), 30.0)
    >>> load.lower(0.5)
    >>> load.places
    20
    """

    __slots__ = ("_configured", "limit", "share", "shed_from", "throttle")

    def __init__(self, config: ModelConfig, attempt_timeout: float) -> None:
        self.limit: AdaptiveLimit | None = None
        """None: the limit does not adapt."""
        self.throttle: Throttle | None = None
        """None: no call is throttled."""
        self.share: float | None = None
        """The share of the configured limit that the fleet leaves it; None: all."""
        self.shed_from: float | None = None
        """The overload that the fleet counts with at least; None: it sheds no task here."""
        self.reconfigure(config, attempt_timeout)

    def reconfigure(self, config: ModelConfig, attempt_timeout: float) -> None:
        """Go on with other settings."""
        self._configured = config.bulkhead.max_concurrent
        rule = config.adaptive_limit
        if rule.rule is LimitRule.FIXED:
            self.limit = None
        elif self.limit is None:
            self.limit = AdaptiveLimit(rule, self._ceiling)
        else:
            self.limit.reconfigure(rule, self._ceiling)
        if not config.throttle.enabled:
            self.throttle = None
        elif self.throttle is None:
            self.throttle = Throttle(config.throttle, attempt_timeout)
        else:
            self.throttle.reconfigure(config.throttle, attempt_timeout)

    def reset(self) -> None:
        """Forget what the model has borne so far."""
        if self.limit is not None:
            self.limit.reset()
        if self.throttle is not None:
            self.throttle.reset()

    def lower(self, share: float | None) -> None:
        """The limit is this share of what is configured at most; None: all of it again."""
        self.share = share
        if self.limit is not None:
            self.limit.bound(self._ceiling)

    @property
    def is_on(self) -> bool:
        """Whether a call has to be looked at."""
        return not (self.limit is None and self.throttle is None and self.shed_from is None)

    @property
    def places(self) -> int:
        """Calls at once, now."""
        return self._ceiling if self.limit is None else self.limit.value

    @property
    def _ceiling(self) -> int:
        share = 1.0 if self.share is None else self.share
        return max(1, int(self._configured * share))
