"""Plain functions for Chaos Toolkit, and our own runner of its experiments.

The functions are about the runtime of this process, once `use` has named it, or about a server: its
address is `hive_url` in the configuration of the experiment or in the variable
`HIVE_RESILIENCE_URL`, its key is in the variable `HIVE_RESILIENCE_ADMIN_KEY`.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..actors.policies.outcomes.errors import InvalidRequestError
from .chaos.experiments import verbs as of
from .chaos.experiments.activities import Names, Performer
from .chaos.experiments.document import Experiment
from .chaos.experiments.here import LocalVerbs
from .chaos.experiments.journal import Journal
from .chaos.experiments.over_http import RemoteVerbs
from .chaos.experiments.runner import Runner
from .chaos.experiments.verbs import Record, Verbs
from .chaos_server import ChaosServer
from .runtime import Runtime

URL_VARIABLE, KEY_VARIABLE = "HIVE_RESILIENCE_URL", "HIVE_RESILIENCE_ADMIN_KEY"
_TOOLKIT = "chaos toolkit"
_runtime: Runtime | None = None

Configuration = Mapping[str, Any] | None


def use(runtime: Runtime | None) -> None:
    """Name the runtime of this process that the functions are about; None: none any more."""
    global _runtime
    _runtime = runtime


def inject(
    fault: str,
    models: str | Sequence[str] = (),
    *,
    experiment: str = "chaos",
    reason: str = _TOOLKIT,
    by: str = _TOOLKIT,
    configuration: Configuration = None,
    **settings: Any,
) -> Record:
    """Inject a fault, as `ChaosHandle.inject` does; what the experiment is then."""
    told = {"experiment": experiment, "reason": reason, "by": by, **settings}
    return of.inject(_verbs(configuration), fault, models, **told)


def clear(experiment: str | None = None, configuration: Configuration = None) -> Sequence[Record]:
    """End an experiment, or all; what came of each."""
    return of.clear(_verbs(configuration), experiment, by=_TOOLKIT)


def renew(experiment: str = "chaos", configuration: Configuration = None) -> bool:
    """Let the lease of an experiment begin again; False: it does not run any more."""
    return of.renew(_verbs(configuration), experiment)


def success_rate(
    window: float = 60.0, fewest: int = 0, configuration: Configuration = None
) -> float:
    """The share of the tasks of the last `window` seconds that was answered; 1.0 without any.

    Raises `InvalidRequestError` where fewer than `fewest` have ended.
    """
    return of.success_rate(_seen(configuration), window, fewest)


def p95(window: float = 60.0, fewest: int = 0, configuration: Configuration = None) -> float:
    """Seconds that 95 % of the answered tasks took at most; raises as `success_rate` does."""
    return of.p95(_seen(configuration), window, fewest)


def tasks(window: float = 60.0, configuration: Configuration = None) -> int:
    """Tasks that have ended in the last `window` seconds."""
    return of.tasks(_seen(configuration), window)


def usable_models(configuration: Configuration = None) -> int:
    """Models that can serve now."""
    return of.usable_models(_seen(configuration))


def breaker_state(model: str, configuration: Configuration = None) -> str:
    """The state of a model's breaker: closed, open, half_open ..."""
    return of.breaker_state(_seen(configuration), model)


def model_status(model: str, configuration: Configuration = None) -> str:
    """The status of a model: available, degraded, unavailable or maintenance."""
    return of.model_status(_seen(configuration), model)


def hits(experiment: str = "chaos", configuration: Configuration = None) -> int:
    """Calls and other things that an experiment has hit."""
    return of.hits(_seen(configuration), experiment)


def recovered(experiment: str = "chaos", configuration: Configuration = None) -> bool:
    """Whether a model that an experiment has hit answers again."""
    return of.recovered(_seen(configuration), experiment)


async def run_experiment(
    experiment: Experiment,
    runtime: Runtime,
    *,
    seed: int = 0,
    dry_run: bool = False,
    allow_outage: bool = False,
) -> Journal:
    """Run an experiment on a runtime of this process; `load_experiment` reads one from a file.

    A failure of the fleet is no error: the journal says what came of it. Raises
    `ConfigurationError` for an experiment that cannot be run.
    """
    runner = runner_of(
        experiment,
        LocalVerbs(runtime.chaos),
        seed=seed,
        dry_run=dry_run,
        allow_outage=allow_outage,
        is_here=True,
    )
    return await runner.run()


def runner_of(
    experiment: Experiment,
    verbs: Verbs,
    *,
    seed: int,
    dry_run: bool,
    allow_outage: bool,
    is_here: bool,
) -> Runner:
    """The runner of an experiment; `is_here`: on the loop of the fleet, else beside a server."""
    id = re.sub(r"[^a-z0-9]+", "-", experiment.title.lower()).strip("-")[:60] or "experiment"
    own: dict[str, object] = {"experiment": id, "title": experiment.title, "seed": seed, "by": id}
    if allow_outage:
        own["allow_outage"] = True

    def performer(names: Names) -> Performer:
        ask = verbs.ask if isinstance(verbs, RemoteVerbs) else None
        return Performer(verbs, names, own, ask)

    if is_here:
        return Runner(experiment, verbs, performer, id=id, dry_run=dry_run)
    threaded = asyncio.to_thread
    return Runner(experiment, verbs, performer, id=id, dry_run=dry_run, threaded=threaded)


def _verbs(configuration: Configuration) -> Verbs:
    url = (configuration or {}).get("hive_url") or os.environ.get(URL_VARIABLE)
    if url:
        return RemoteVerbs(ChaosServer(str(url), os.environ.get(KEY_VARIABLE)))
    if _runtime is None:
        raise InvalidRequestError(
            "no fleet is named: hive_resilience.chaos.use(runtime) names one of this process, "
            f"hive_url in the configuration or the variable {URL_VARIABLE} a server"
        )
    return LocalVerbs(_runtime.chaos)


def _seen(configuration: Configuration) -> Verbs:
    """As `_verbs`; a probe is a sign of the runner, and renews what runs."""
    found = _verbs(configuration)
    for one in found.running():
        found.renew(one["id"])
    return found
