"""What several workers answer to an operator, in one, and what a later worker has to hear. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from ....config.settings.distribution.cluster import Scope
from ....config.settings.model import ModelConfig
from ..routes import Route, model_and_verb
from ..siblings.experiments import reports_of_all, steady_of_all

_SWITCHED = {
    "maintenance": ("maintenance", False),
    "leave_maintenance": ("maintenance", True),
    "force_open": ("breaker", False),
    "disable": ("breaker", False),
    "metrics_only": ("breaker", False),
    "reset": ("breaker", True),
}

_OF_ALL = frozenset({"drain", "renew_chaos", "stop_chaos", "steady"})
_BY_THE_OWNERS = frozenset({"trip", "reset", "force_open", "disable", "metrics_only"})


def is_by_the_owners(models: Iterable[ModelConfig], model_id: str, verb: str) -> bool:
    """Whether a verb reaches all processes of a cluster by itself: one for a breaker they share.

    >>> shared = ModelConfig(id="a", endpoint="http://127.0.0.1/v1")
    >>> [is_by_the_owners([shared], "a", verb) for verb in ("trip", "maintenance")]
    [True, False]
    """
    if verb not in _BY_THE_OWNERS:
        return False
    scopes = {model.id: model.circuit_breaker.scope for model in models}
    return scopes.get(model_id) is Scope.CLUSTER


class Lasting(NamedTuple):
    """What holds from now on, or holds no more."""

    subject: str
    is_over: bool


def lasting_of(route: Route, path: str, fields: Mapping[str, Any]) -> Lasting | None:
    """What an operation leaves behind until another one; None: nothing, or for a time alone.

    >>> lasting_of(Route("verb", ("POST",), None), "/admin/models/a/maintenance", {})
    Lasting(subject='maintenance of a', is_over=False)
    """
    if route.name == "hold_level":
        return None if "duration" in fields else Lasting("level", is_over=False)
    if route.name == "release_level":
        return Lasting("level", is_over=True)
    if route.name != "verb":
        return None
    model_id, verb = model_and_verb(path)
    if verb not in _SWITCHED:
        return None
    what, is_over = _SWITCHED[verb]
    return Lasting(f"{what} of {model_id}", is_over)


def joined(name: str, said: Mapping[int, bytes]) -> bytes:
    """The answer of the worker that was asked, which is the first, with what all together say."""
    own = next(iter(said.values()))
    if name not in _OF_ALL or len(said) == 1:
        return own
    found: dict[int, Any] = {worker: orjson.loads(one) for worker, one in said.items()}
    first, told = orjson.loads(own), list(found.values())
    match name:
        case "drain":
            first["remaining"] = sum(one["remaining"] for one in told)
            first["task_ids"] = [id for one in told for id in one["task_ids"]]
        case "renew_chaos":
            first["renewed"] = any(one["renewed"] for one in told)
        case "steady":
            first = steady_of_all(told)
        case _:
            first["stopped"] = reports_of_all({n: one["stopped"] for n, one in found.items()})
    return orjson.dumps(first)
