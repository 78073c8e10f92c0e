"""Events as people read them: a sentence, what it is about, and how it sounds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ....actors import chaos_events, events
from ....actors.adaptation_events import DegradationChanged, RemedyFailed, RemedyTaken
from ....actors.cluster.events import (
    ClusterJoined,
    ClusterLost,
    ClusterSettingsDiffer,
    OwnerChanged,
)
from ....actors.policies.breaker.states import State
from ....actors.policies.health.status import ModelStatus
from ....actors.policies.outcomes.foreign_text import described

_LONGEST = 500
REASONS: Mapping[str, str] = {
    "failure_run": "too many failures in a row",
    "failure_rate": "too many of its calls failed",
    "slow_call_rate": "too many of its calls were slow",
    "unauthorized": "the provider refuses the key",
    "trial_failed": "a trial call failed",
    "trial_slow": "a trial call was slow",
    "trials_passed": "its trial calls passed",
    "wait_over": "the wait is over",
    "probe_passed": "a probe passed",
    "crashed": "its actor crashed",
    "operator": "an operator said so",
    "circuit_open": "its breaker is open",
    "unhealthy": "its probes fail",
    "parked": "its provider asked for a wait",
}
"""Why a breaker moved, in words."""
STATES: Mapping[State, str] = {
    State.CLOSED: "closed",
    State.OPEN: "open",
    State.HALF_OPEN: "on trial",
    State.FORCED_OPEN: "held open",
    State.DISABLED: "off",
    State.METRICS_ONLY: "counting only",
}
"""A breaker's states, in words."""


class Told(NamedTuple):
    """One event in words. `tone`: bad, warn, good, rest or info."""

    text: str
    tone: str = "info"
    subject: str | None = None


def told(event: events.Event) -> Told:
    """The sentence of an event; one of a kind unknown here is its class."""
    words = _WORDS.get(type(event))
    if words is None:
        return Told(type(event).__name__)
    found = words(event)
    return found._replace(text=found.text[:_LONGEST])


def in_words(reason: str) -> str:
    """Why a breaker moved; an operator's own reason as it is."""
    return REASONS.get(reason, reason)


def _circuit(event: events.CircuitChanged) -> Told:
    tones = {State.OPEN: "bad", State.FORCED_OPEN: "bad", State.CLOSED: "good"}
    span = "" if event.open_for is None else f" for {event.open_for:.3g} s"
    text = f"Breaker {STATES[event.after]}{span}: {in_words(event.reason)}"
    return Told(text, tones.get(event.after, "warn"), event.model_id)


def _health(event: events.HealthChanged) -> Told:
    tones = {
        ModelStatus.AVAILABLE: "good",
        ModelStatus.UNAVAILABLE: "bad",
        ModelStatus.MAINTENANCE: "rest",
    }
    more = f" ({event.last_error})" if event.last_error else ""
    now = "in maintenance" if event.after is ModelStatus.MAINTENANCE else str(event.after)
    why = "" if event.reason in (event.after, "started") else f": {in_words(event.reason)}"
    return Told(f"Now {now}{why}{more}", tones.get(event.after, "warn"), event.model_id)


def _raised(event: events.AlertRaised) -> Told:
    tone = "warn" if event.severity == "warning" else "bad"
    return Told(f"Alert, {event.severity}: {event.message}", tone, event.model_id)


def _resolved(event: events.AlertResolved) -> Told:
    return Told(f"Alert resolved: {event.message}", "good", event.model_id)


def _action(event: events.ActionTaken) -> Told:
    verb = event.action.replace("_", " ")
    return Told(f"{event.by}: {verb}, because: {event.reason}", "info", event.target)


def _waiting(event: events.TasksWaiting) -> Told:
    waiting = "1 task waits" if event.waiting == 1 else f"{event.waiting} tasks wait"
    what = "tasks are turned away" if event.refused else waiting
    # Not "all are taken": of a shared or adapted limit this process has only a part.
    return Told(f"No place of {event.limit} is free here: {what}", "warn", event.model_id)


def _reloaded(event: events.Reloaded) -> Told:
    parts = (("added", event.added), ("removed", event.removed), ("changed", event.changed))
    named = [f"{word} {', '.join(names)}" for word, names in parts if names]
    return Told("Settings reloaded" + (f": {'; '.join(named)}" if named else ""))


def _child(event: Any) -> Told:
    return Told("", "info", event.child.removeprefix("model:"))


def _crashed(event: events.ChildCrashed) -> Told:
    text = f"Its actor crashed: {described(event.cause)}"
    return _child(event)._replace(text=text, tone="bad")


def _quarantined(event: events.ChildQuarantined) -> Told:
    text = f"Its actor crashes too often; a trial follows in {event.retry_after:.3g} s"
    return _child(event)._replace(text=text, tone="bad")


def _stopped(event: events.ChildStopped) -> Told:
    tone = "info" if event.cause is None else "bad"
    return _child(event)._replace(text="Its actor stopped", tone=tone)


def _degradation(event: DegradationChanged) -> Told:
    worse = event.after.rank > event.before.rank
    tone = "good" if event.after.rank == 0 else "bad" if event.after.rank > 2 else "warn"
    verb = "worse" if worse else "better"
    return Told(f"The fleet is {verb}: {event.after}, because: {event.reason}", tone)


def _joined(event: ClusterJoined) -> Told:
    return Told(f"Joined its cluster of {event.peers} processes", "good")


def _lost(event: ClusterLost) -> Told:
    return Told(f"Lost its cluster and goes on alone: {event.reason}", "bad")


def _remedy(event: RemedyTaken) -> Told:
    dry = "would be taken" if event.dry_run else "has helped"
    return Told(f"Recovery: {event.remedy} {dry}", "good", event.model_id)


def _remedy_failed(event: RemedyFailed) -> Told:
    return Told(f"Recovery: {event.remedy} failed: {event.error}", "warn", event.model_id)


_WORDS: Mapping[type[events.Event], Callable[[Any], Told]] = {
    events.CircuitChanged: _circuit,
    events.HealthChanged: _health,
    events.AlertRaised: _raised,
    events.AlertResolved: _resolved,
    events.ActionTaken: _action,
    events.TasksWaiting: _waiting,
    events.Reloaded: _reloaded,
    DegradationChanged: _degradation,
    RemedyTaken: _remedy,
    RemedyFailed: _remedy_failed,
    ClusterJoined: _joined,
    ClusterLost: _lost,
    OwnerChanged: lambda event: Told("Other owners of the cluster answer from now on", "warn"),
    ClusterSettingsDiffer: lambda event: Told(
        "The processes have different settings for it: the strictest hold", "warn", event.model_id
    ),
    events.ReloadRejected: lambda event: Told(
        f"Settings rejected, {len(event.problems)} mistakes; the old ones stay", "warn"
    ),
    events.ModelAdded: lambda event: Told("Joined the fleet", "info", event.model_id),
    events.ModelRemoved: lambda event: Told("Left the fleet", "info", event.model_id),
    events.CallAbandoned: lambda event: Told(
        "A call did not end at its limit and was left behind", "warn", event.model_id
    ),
    events.WaitCut: lambda event: Told(
        f"Its provider asked for a wait of {event.asked:.3g} s, cut to {event.seconds:.3g} s",
        *("warn", event.model_id),
    ),
    events.WaitIgnored: lambda event: Told(
        "Its provider asked for a wait that makes no sense", "warn", event.model_id
    ),
    events.ChildStarted: lambda event: _child(event)._replace(text="Its actor started"),
    events.ChildRestarted: lambda event: _child(event)._replace(
        text=f"Its actor runs again, restart {event.restarts}", tone="good"
    ),
    events.ChildCrashed: _crashed,
    events.ChildQuarantined: _quarantined,
    events.ChildStopped: _stopped,
    chaos_events.ChaosStarted: lambda event: Told(
        f"Experiment {event.experiment} injects {event.fault}", "warn", ", ".join(event.models)
    ),
    chaos_events.ChaosStopped: lambda event: Told(
        f"Experiment {event.experiment} is over after {event.hits} hits: {event.reason}", "good"
    ),
    chaos_events.FaultInjected: lambda event: Told(
        f"Experiment {event.experiment} hits with {event.fault}", "warn", event.model_id
    ),
    events.DeadLetter: lambda event: Told(
        f"A {event.message} reached no actor: {event.reason}", "warn", event.actor
    ),
}
