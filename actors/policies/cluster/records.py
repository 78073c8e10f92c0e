"""What owners and peers tell each other of a model. Spans are seconds; only durations travel."""

from __future__ import annotations

from dataclasses import dataclass

from ..breaker.states import State
from .ledger import Claim

NOTHING = Claim()
SUCCESS, IGNORED = "success", "ignored"
"""Outcomes beside the kinds of failure: an answer, and a trial that says nothing."""


@dataclass(frozen=True, slots=True)
class View:
    """A model's breaker as its owner has it, at one moment.

    `stamp` counts all changes of it within an epoch, `generation` those that make results stale.
    `seconds`: until the state may change by time alone; `parked`: for which it is left alone.
    """

    epoch: int
    generation: int
    stamp: int
    state: State
    seconds: float = 0.0
    parked: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """So many attempts in a row that ended alike, under a view of this epoch and generation.

    `outcome` is success or a kind of failure, `wait` the seconds that a failure asks to wait.
    """

    epoch: int
    generation: int
    outcome: str
    slow: bool = False
    count: int = 1
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class TrialEnd:
    """How a trial ended, by its id."""

    trial: str
    outcome: str
    slow: bool = False
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Need:
    """What a peer has of a rate, what it could use soon, and what it has used in a minute."""

    level: float
    wanted: float
    recent: float
    back: float = 0.0
    """What it gives back with this; gone for it, whether the owner hears of it or not."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings of a model that the fleet shares; the strictest of all peers hold."""

    places: int
    requests: float | None
    tokens: float | None
    enabled: bool
    failure_threshold: int
    failure_rate: float
    window: int
    window_age: float
    min_calls: int
    slow_call: float | None
    slow_call_rate: float
    recovery_timeout: float
    max_recovery_timeout: float
    recovery_jitter: float
    half_open_max_calls: int
    success_threshold: int
    trial_timeout: float
    """Seconds after which a trial that never came back is given up."""
    max_parking: float


@dataclass(frozen=True, slots=True)
class Report:
    """A peer's news of one model, as of its sending.

    `view` is the view that it has adopted, with the time that is over subtracted; None: it has
    none. `parked`: seconds for which its own provider's answers have it leave the model alone.
    `trials` are those it still has, `asking`: a call could start if there were a trial.
    """

    model: str
    limits: Limits
    wants: int
    in_flight: int
    claim: Claim = NOTHING
    runs: tuple[Run, ...] = ()
    ends: tuple[TrialEnd, ...] = ()
    trials: tuple[str, ...] = ()
    asking: bool = False
    view: View | None = None
    parked: float = 0.0
    requests: Need | None = None
    tokens: Need | None = None
    probe_passed: bool = False


@dataclass(frozen=True, slots=True)
class ShareGiven:
    """An owner's answer for one model: a share for `seconds` from when the report was sent.

    `requests` and `tokens` come on top of what the peer has; None: no such limit. `trial` is the
    id of a trial that the peer may start. `probe`: it is this peer that probes the model.
    `limit` is the places of the whole fleet, `differ`: the peers have different settings. `stale`
    counts the outcomes of the report that came too late to count.
    """

    model: str
    view: View
    places: int
    seconds: float
    limit: int
    requests: float | None = None
    tokens: float | None = None
    trial: str | None = None
    probe: bool = False
    differ: bool = False
    stale: int = 0
