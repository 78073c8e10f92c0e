"""Whether a model is well, by its probes and by what its traffic shows.

maintenance  as long as an operator wants it
unavailable  `failures` probes in a row failed, and no call has shown of late that it serves
degraded     probes or calls are slow, too many calls fail, or its probes fail and it is needed, or
             its calls succeed all the same
available    otherwise
"""

from __future__ import annotations

from datetime import datetime
from math import inf

from ....config.settings.health import HealthCheckConfig
from ..chance import Draw
from .status import HealthSnapshot, ModelStatus, StatusChanged

SLOW_SHARE, QUICK_SHARE = 0.8, 0.6
"""Two thresholds: what makes a model degraded has to fall further before it is well again."""
SERVING = 300.0
"""Seconds after a call that succeeded in which failed probes alone take no model out."""
_SERVES, _NEEDED = "its calls succeed", "no other model can serve"
TROUBLED_PACE, QUICKEST_PACE = 6, 40
"""Parts of the interval between two probes of a model in trouble: at last, and at first."""
_PATIENCE = 12
"""Of a model that is out for so long: after such a part of that it is probed again."""
_PAUSE = 1.0
"""Seconds between two tries of a probe, at most."""
_SHORTEST_PAUSE = 0.1
"""Of the wait that was meant: a probe that takes longer than that is not followed by the next."""


class HealthStatus:
    """The health of one model. `interval` seconds lie between two of its probes."""

    __slots__ = (
        "_config",
        "_failing_calls",
        "_interval",
        "_last_failure_at",
        "_last_probe_at",
        "_last_probe_duration",
        "_maintenance",
        "_out_since",
        "_reason",
        "_since",
        "_slow_calls",
        "_slow_probes",
        "_spared",
        "events",
        "failed_probes",
        "last_check_at",
        "last_error",
        "last_success_at",
        "status",
    )

    def __init__(self, config: HealthCheckConfig, interval: float) -> None:
        self._config = config
        self._interval = interval
        self._maintenance = False
        self._last_probe_at: float | None = None
        self._last_probe_duration: float | None = None
        self.last_success_at = -inf
        self.last_check_at: datetime | None = None
        """Wall-clock time of the last probe, for people."""
        self.last_error: str | None = None
        self._last_failure_at = -inf
        self._since = -inf
        self._out_since: float | None = None
        self._reason = "started"
        self.events: list[StatusChanged] = []
        self.status = ModelStatus.AVAILABLE
        self._forget()

    def _forget(self) -> None:
        self.failed_probes = 0
        self._spared = ""
        self._slow_probes = False
        self._slow_calls: bool = False
        self._failing_calls = False

    def probe_passed(self, now: float, duration: float) -> None:
        """A probe was answered after `duration` seconds; one is enough to be back."""
        self._last_probe_at = now
        self._last_probe_duration = duration
        self.failed_probes = 0
        self._slow_probes = _beyond(
            duration / self._config.timeout, self._slow_probes, SLOW_SHARE, QUICK_SHARE
        )
        self._update(now)

    def probe_failed(self, now: float, *, last_usable: bool = False) -> None:
        """A probe failed; counts for nothing if a real call succeeded within the interval.

        The last usable model is degraded at worst: a probe is no reason to have none. So is a model
        whose last call succeeded within `SERVING`: what the probe asks may be what is broken.
        """
        self._last_probe_at = now
        self._last_probe_duration = None
        if self._proven(now, self.last_success_at):
            return
        self.failed_probes += 1
        self._spared = _NEEDED if last_usable else (_SERVES if self._serves(now) else "")
        self._update(now)

    def traffic_succeeded(self, now: float) -> None:
        """A real call succeeded: that outranks every failed probe."""
        self.last_success_at = now
        if self.failed_probes:
            self.failed_probes = 0
            self._update(now)

    def traffic_failed(self, now: float) -> None:
        """A real call failed: with it the failed probes are no longer alone."""
        self._last_failure_at = now
        if self._spared == _SERVES:
            self._spared = ""
            self._update(now)

    def traffic(self, now: float, *, failing: bool, slow: bool) -> None:
        """What the real calls of the last minutes show."""
        if failing is not self._failing_calls or slow is not self._slow_calls:
            self._failing_calls, self._slow_calls = failing, slow
            self._update(now)

    def enter_maintenance(self, now: float) -> None:
        """Out of routing until `leave_maintenance`."""
        self._maintenance = True
        self._update(now)

    def leave_maintenance(self, now: float) -> None:
        """Back, without regard to what was known before."""
        self._maintenance = False
        self._forget()
        self._update(now)

    def reconfigure(self, config: HealthCheckConfig, interval: float, now: float) -> None:
        """Go on with other settings; what is known stays."""
        self._config = config
        self._interval = interval
        self._update(now)

    @property
    def tries(self) -> int:
        """How often the next probe may ask before it counts as failed.

        A model that is out already is asked once: nothing hangs on it but when it is back.
        """
        out = self.failed_probes >= self._config.failures
        return 1 if out else 1 + self._config.retries

    @property
    def pause(self) -> float:
        """Seconds between two tries of a probe."""
        return min(_PAUSE, self._interval / TROUBLED_PACE)

    @property
    def probes_are_well(self) -> bool:
        """Whether the last probe passed and was quick, or there was none."""
        return not (self.failed_probes or self._slow_probes)

    def probe_due(self, now: float) -> bool:
        """Whether to probe when the wait is over: not in maintenance, nor while traffic proves."""
        if self._maintenance or not self._config.enabled:
            return False
        return self.failed_probes > 0 or not self._proven(now, self.last_success_at)

    def next_probe(
        self,
        now: float,
        draw: Draw,
        *,
        troubled: bool = False,
        out: bool = False,
        elapsed: float = 0.0,
        last_traffic_success: float | None = None,
    ) -> float:
        """Seconds to wait; a sixth of the interval at most while `troubled` or probes fail.

        A model whose breaker is not closed is `out`, and `troubled` while it is open. A model that
        has just gone is probed again soon, and later the longer it has been out. The wait is from
        start to start, and `elapsed` is what the probe before has taken: a probe that hangs shall
        not delay the news that the model is back.
        """
        spread = 1 + self._config.jitter * draw()
        out_for = self._out_for(now, out or troubled)
        if troubled or self.failed_probes:
            wait = self._pace(out_for) * spread
            return max(wait - elapsed, wait * _SHORTEST_PAUSE)
        success_at = max(self.last_success_at, last_traffic_success or -inf)
        if self._proven(now, success_at):
            return (success_at - now) + self._interval * spread
        return self._interval * spread

    def _out_for(self, now: float, out: bool) -> float | None:
        """Seconds for which the model has been out; None: it is not."""
        if not out and self.status is not ModelStatus.UNAVAILABLE:
            self._out_since = None
            return None
        if self._out_since is None:
            self._out_since = now
        return now - self._out_since

    def _pace(self, out_for: float | None) -> float:
        longest = self._interval / TROUBLED_PACE
        if out_for is None:
            return longest
        return min(max(out_for / _PATIENCE, self._interval / QUICKEST_PACE), longest)

    @property
    def reason(self) -> str:
        """Why the status is what it is."""
        return self._reason

    def drain_events(self) -> tuple[StatusChanged, ...]:
        """The changes since the last call, one event each."""
        if not self.events:
            return ()
        events = tuple(self.events)
        self.events.clear()
        return events

    def snapshot(self, error_rate: float | None = None, limit: int = 0) -> HealthSnapshot:
        """A frozen record; needs no time, because time alone changes no status."""
        success_at = self.last_success_at
        return HealthSnapshot(
            status=self.status,
            reason=self._reason,
            since=self._since,
            failed_probes=self.failed_probes,
            last_probe_at=self._last_probe_at,
            last_probe_duration=self._last_probe_duration,
            last_success_at=None if success_at == -inf else success_at,
            last_check_at=self.last_check_at,
            last_error=self.last_error,
            error_rate=error_rate,
            limit=limit,
        )

    def _serves(self, now: float) -> bool:
        good = self.last_success_at
        return good >= self._last_failure_at and now - good < SERVING

    def _proven(self, now: float, success_at: float) -> bool:
        return now - success_at < self._interval

    def _update(self, now: float) -> None:
        status, reason = self._judge()
        self._reason = reason
        if status is self.status:
            return
        self.events.append(StatusChanged(self.status, status, reason, now))
        self.status, self._since = status, now

    def _judge(self) -> tuple[ModelStatus, str]:
        if self._maintenance:
            return ModelStatus.MAINTENANCE, "maintenance"
        if self.failed_probes >= self._config.failures:
            if not self._spared:
                return ModelStatus.UNAVAILABLE, "probes fail"
            return ModelStatus.DEGRADED, f"probes fail, but {self._spared}"
        if self._failing_calls:
            return ModelStatus.DEGRADED, "calls fail"
        if self._slow_calls:
            return ModelStatus.DEGRADED, "calls are slow"
        if self._slow_probes:
            return ModelStatus.DEGRADED, "probes are slow"
        return ModelStatus.AVAILABLE, "well"


def _beyond(value: float, before: bool, high: float, low: float) -> bool:
    """Whether `value` is beyond the threshold, which is lower while it was beyond before."""
    return value >= (low if before else high)
