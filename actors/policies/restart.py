"""Whether and when a crashed child starts again.

running      crash, within the intensity  -> running      after a delay
running      crash, above the intensity   -> quarantined
quarantined  a trial is due               -> trial
trial        crash or failed start        -> quarantined
trial        `period` without a crash     -> running      history forgotten
any          restored                     -> running      history forgotten
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from ...config.settings.restart import RestartConfig, RestartType
from .chance import Draw

_SHORTEST_START_DELAY = 0.01
"""Even without a configured delay a child that cannot start must not spin."""

_WANTS_RESTART = {
    (RestartType.PERMANENT, True): True,
    (RestartType.PERMANENT, False): True,
    (RestartType.TRANSIENT, True): False,
    (RestartType.TRANSIENT, False): True,
    (RestartType.TEMPORARY, True): False,
    (RestartType.TEMPORARY, False): False,
}


class RestartState(StrEnum):
    """Where a child stands with its supervisor."""

    RUNNING = "running"
    QUARANTINED = "quarantined"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Restart:
    """Start it again in `delay` seconds."""

    delay: float


AT_ONCE = Restart(0.0)
"""Every restart without a delay is this one."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """It is quarantined; a trial restart is due in `retry_after` seconds."""

    retry_after: float


@dataclass(frozen=True, slots=True)
class RestartSnapshot:
    """Crashes ever and within the period; `retry_after` is None unless quarantined."""

    state: RestartState
    crashes: int
    recent_crashes: int
    retry_after: float | None


def wants_restart(restart_type: RestartType, normal_exit: bool) -> bool:
    """Whether a child of this type comes back after it ended, normally or by a crash."""
    return _WANTS_RESTART[restart_type, normal_exit]


def exceeds(crash_times: Sequence[float], now: float, intensity: int, period: float) -> bool:
    """Whether more than `intensity` crashes, the oldest first, are younger than `period`."""
    return len(crash_times) > intensity and now - crash_times[-1 - intensity] < period


class RestartPolicy:
    """The crashes of one child, and what follows from them."""

    __slots__ = (
        "_calm_since",
        "_config",
        "_crash_times",
        "_crashes",
        "_in_a_row",
        "_next_delay",
        "_state",
        "_trial_at",
    )

    def __init__(self, config: RestartConfig) -> None:
        self._config = config
        self._crashes = 0
        self._clear()

    def _clear(self) -> None:
        self._state = RestartState.RUNNING
        self._crash_times: list[float] = []
        self._in_a_row = 0
        self._next_delay = self._config.base_delay
        self._calm_since = 0.0
        self._trial_at = 0.0

    def crashed(self, now: float, draw: Draw) -> Restart | GiveUp:
        """The child ran and crashed; the first time in a row it comes back at once."""
        if self._over(now):
            return self._give_up(now)
        if self._in_a_row == 1:
            return self._restart(now, 0.0)
        return self._restart(now, self._back_off(draw))

    def failed_start(self, now: float, draw: Draw) -> Restart | GiveUp:
        """The child did not come up; counts as a crash, and never comes back at once."""
        if self._over(now):
            return self._give_up(now)
        return self._restart(now, max(self._back_off(draw), _SHORTEST_START_DELAY))

    def free_from(self) -> float:
        """The point in time from which on a crash is followed by a restart at once; or never."""
        if self._config.intensity == 0 or self._state is RestartState.QUARANTINED:
            return inf
        if self._state is RestartState.RUNNING and not self._in_a_row:
            return -inf
        return self._calm_since + self._config.period

    def trial_due(self, now: float) -> bool:
        """True once each `quarantine_retry` of a quarantine: the caller starts the child then."""
        if self._state is not RestartState.QUARANTINED or now < self._trial_at:
            return False
        self._state = RestartState.TRIAL
        self._calm_since = now
        return True

    def reconfigure(self, config: RestartConfig) -> None:
        """Judge the next crash by other settings; what has happened stays."""
        self._config = config
        if self._in_a_row <= 1:
            self._next_delay = config.base_delay

    def restored(self, now: float) -> None:
        """An operator restarted the child: its history is forgotten, its counter is not."""
        self._clear()
        self._calm_since = now

    def state(self, now: float) -> RestartState:
        """Where the child stands; a trial that lasted `period` has been passed."""
        self._forget_if_calm(now)
        return self._state

    def snapshot(self, now: float) -> RestartSnapshot:
        """A frozen record of the state at `now`."""
        state = self.state(now)
        quarantined = state is RestartState.QUARANTINED
        return RestartSnapshot(
            state=state,
            crashes=self._crashes,
            recent_crashes=sum(now - at < self._config.period for at in self._crash_times),
            retry_after=max(0.0, self._trial_at - now) if quarantined else None,
        )

    def _over(self, now: float) -> bool:
        """Counts one crash and says whether the child is out of restarts."""
        self._forget_if_calm(now)
        self._crashes += 1
        if self._state is not RestartState.RUNNING:
            return True
        period = self._config.period
        times = self._crash_times
        times.append(now)
        while now - times[0] >= period:
            del times[0]
        self._in_a_row += 1
        return exceeds(times, now, self._config.intensity, period)

    def _give_up(self, now: float) -> GiveUp:
        # A late crash report in quarantine does not push the trial further away.
        if self._state is not RestartState.QUARANTINED:
            self._state = RestartState.QUARANTINED
            self._trial_at = now + self._config.quarantine_retry
        return GiveUp(max(0.0, self._trial_at - now))

    def _restart(self, now: float, delay: float) -> Restart:
        # Waiting for the restart is no proof of calm.
        self._calm_since = now + delay
        return Restart(delay) if delay > 0 else AT_ONCE

    def _back_off(self, draw: Draw) -> float:
        config = self._config
        delay = min(self._next_delay, config.max_delay)
        # Multiplied step by step: a power of the multiplier could overflow.
        self._next_delay = min(delay * config.backoff_multiplier, config.max_delay)
        return delay * (1 + config.jitter * (2 * draw() - 1))

    def _forget_if_calm(self, now: float) -> None:
        if self._state is RestartState.QUARANTINED or now < self._calm_since + self._config.period:
            return
        self._clear()
        self._calm_since = now
