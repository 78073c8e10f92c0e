"""Performs one activity of an experiment, and writes down what came of it."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from ....actors.policies.outcomes.errors import InvalidRequestError
from ....config.errors import ConfigurationError
from .document import Activity, Experiment, Provider
from .reading import substituted
from .verbs import ACTIONS, FUNCTIONS, Verbs

Names: TypeAlias = Mapping[str, object]
Run: TypeAlias = dict[str, Any]
"""An entry of the journal, with Chaos Toolkit's keys."""
Ask: TypeAlias = Callable[[str, str, Mapping[str, Any]], Any]
"""Asks a path of the server: its method, its url and its arguments."""


def check(experiment: Experiment) -> None:
    """Raises `ConfigurationError` for a function that is not there, or takes other arguments."""
    for activity in experiment.activities:
        provider = activity.provider
        if provider.type != "python":
            continue
        function = FUNCTIONS.get(provider.func or "")
        if function is None:
            raise _wrong(activity, f"there is no function {provider.func!r}")
        try:
            inspect.signature(function).bind(None, **provider.arguments)
        except TypeError as error:
            raise _wrong(activity, f"{provider.func}: {error}") from None


def is_action(provider: Provider) -> bool:
    """Whether a provider changes anything."""
    return provider.func in ACTIONS if provider.type == "python" else provider.method != "GET"


def injects(provider: Provider) -> bool:
    """Whether a provider injects a fault."""
    return provider.func == "inject" or str(provider.url).endswith("/inject")


def clears(provider: Provider) -> bool:
    """Whether a provider clears all faults."""
    return provider.func == "clear" or str(provider.url).endswith("/stop")


class Performer:
    """Performs activities on one fleet. `own` are the arguments that the runner adds to faults."""

    def __init__(
        self, verbs: Verbs, names: Names, own: Mapping[str, object], ask: Ask | None
    ) -> None:
        self._verbs = verbs
        self._names = names
        self._own = own
        self._ask = ask

    def perform(self, activity: Activity) -> object:
        """What the activity gives back. Raises what it raises."""
        provider = activity.provider
        arguments = dict(substituted(provider.arguments, self._names))
        if provider.type == "http":
            return self._request(provider, arguments)
        if provider.func == "inject":
            arguments |= self._own
        if provider.func in ("clear", "renew", "hits", "recovered"):
            arguments["experiment"] = self._own["experiment"]
        return FUNCTIONS[provider.func or ""](self._verbs, **arguments)

    def _request(self, provider: Provider, arguments: dict[str, Any]) -> object:
        if self._ask is None:
            raise InvalidRequestError("an http provider needs a server: say which with --url")
        url = str(substituted(provider.url, self._names))
        if injects(provider):
            arguments |= self._own
        return self._ask(provider.method, url, arguments)


def begun(activity: Activity) -> Run:
    """The entry of an activity that begins now."""
    told = activity.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    told |= {"type": activity.type, "name": activity.name}
    return {"activity": told, "output": None, "start": now(), "status": None}


def ended(run: Run, output: object, error: Exception | None, duration: float) -> Run:
    """Complete the entry of an activity."""
    run["output"] = output
    run["status"] = "succeeded" if error is None else "failed"
    if error is not None:
        run["exception"] = traceback.format_exception_only(error)
    run["end"], run["duration"] = now(), duration
    return run


def now() -> str:
    """This moment, as the journal has it."""
    return datetime.now(UTC).isoformat()


def _wrong(activity: Activity, told: str) -> ConfigurationError:
    return ConfigurationError(f"{activity.name}: {told}", key=activity.name)
