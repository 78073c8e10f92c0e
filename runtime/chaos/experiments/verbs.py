"""What an experiment may ask of a fleet, by the names of its functions; here or over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from ....actors.policies.outcomes.errors import InvalidRequestError

Record = Mapping[str, Any]


class Verbs(Protocol):
    """The chaos of one fleet, from any thread; records are such as JSON has them."""

    def inject(self, fault: str, settings: Record) -> Record:
        """Inject a fault; what the experiment is then. Raises `ChaosRefusedError`."""
        ...

    def renew(self, experiment: str) -> bool:
        """A sign that the runner lives; False: the experiment does not run any more."""
        ...

    def stop(self, experiment: str | None, reason: str, by: str) -> Sequence[Record]:
        """End one experiment, or all; what came of each."""
        ...

    def running(self) -> Sequence[Record]:
        """Every experiment under way. Raises `ChaosRefusedError` where chaos is off."""
        ...

    def reports(self) -> Sequence[Record]:
        """What came of the experiments, the newest first."""
        ...

    def steady(self, window: float) -> Record:
        """How the fleet is, by the tasks of the last `window` seconds."""
        ...


def inject(verbs: Verbs, fault: str, models: object = (), **settings: Any) -> Record:
    """Inject a fault; `models` may be the id of one."""
    named = [models] if isinstance(models, str) else models
    return verbs.inject(fault, {**settings, "models": named})


def clear(
    verbs: Verbs,
    experiment: str | None = None,
    reason: str = "cleared",
    by: str = "experiment",
) -> Sequence[Record]:
    """End an experiment, or all."""
    return verbs.stop(experiment, reason, by)


def renew(verbs: Verbs, experiment: str = "chaos") -> bool:
    """Let the lease of an experiment begin again."""
    return verbs.renew(experiment)


def success_rate(verbs: Verbs, window: float = 60.0, fewest: int = 0) -> float:
    """The share of answered tasks; 1.0 where none has ended."""
    found = _enough(verbs.steady(window), fewest)["success_rate"]
    return 1.0 if found is None else float(found)


def p95(verbs: Verbs, window: float = 60.0, fewest: int = 0) -> float:
    """Seconds that 95 % of the answered tasks took at most; 0.0 where none has ended."""
    return float(_enough(verbs.steady(window), fewest)["p95"] or 0.0)


def tasks(verbs: Verbs, window: float = 60.0) -> int:
    """Tasks that have ended."""
    return int(verbs.steady(window)["tasks"])


def usable_models(verbs: Verbs) -> int:
    """Models that can serve now."""
    return len(verbs.steady(1.0)["usable"])


def breaker_state(verbs: Verbs, model: str) -> str:
    """The state of a model's breaker: closed, open, half_open ..."""
    return _of_model(verbs.steady(1.0)["breakers"], model)


def model_status(verbs: Verbs, model: str) -> str:
    """The status of a model: available, degraded, unavailable or maintenance."""
    return _of_model(verbs.steady(1.0)["statuses"], model)


def hits(verbs: Verbs, experiment: str = "chaos") -> int:
    """Calls and other things that an experiment has hit."""
    return int(_report(verbs, experiment)["hits"])


def recovered(verbs: Verbs, experiment: str = "chaos") -> bool:
    """Whether a model that was hit answers again."""
    return bool(_report(verbs, experiment)["recovered"])


ACTIONS: Mapping[str, Callable[..., Any]] = {"inject": inject, "clear": clear, "renew": renew}
PROBES: Mapping[str, Callable[..., Any]] = {
    one.__name__: one
    for one in (
        *(success_rate, p95, tasks, usable_models, breaker_state, model_status, hits),
        recovered,
    )
}
FUNCTIONS: Mapping[str, Callable[..., Any]] = {**ACTIONS, **PROBES}
"""All that an experiment may call, by name."""


def _enough(found: Record, fewest: int) -> Record:
    if found["tasks"] < fewest:
        told = f"{found['tasks']} tasks have ended in {found['window']:.3g} s; needs {fewest}"
        raise InvalidRequestError(told)
    return found


def _of_model(states: Mapping[str, str], model: str) -> str:
    if model not in states:
        raise InvalidRequestError(f"there is no model {model!r}; there are: {', '.join(states)}")
    return states[model]


def _report(verbs: Verbs, experiment: str) -> Record:
    for found in verbs.reports():
        if found["id"] == experiment:
            return found
    raise InvalidRequestError(f"there is no experiment {experiment!r}")
