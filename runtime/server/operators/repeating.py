"""What several workers answer to an operator, in one, and what a later worker has to hear. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from ....config.settings.distribution.cluster import Scope
from ....config.settings.model import ModelConfig
from ..routes import Route, model_and_verb

_SWITCHED = {
    "maintenance": ("maintenance", False),
    "leave_maintenance": ("maintenance", True),
    "force_open": ("breaker", False),
    "disable": ("breaker", False),
    "metrics_only": ("breaker", False),
    "reset": ("breaker", True),
}


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


def joined(name: str, own: bytes, others: Sequence[bytes]) -> bytes:
    """The answer of the worker that was asked, with what only all together can say."""
    if name not in ("drain", "renew_chaos", "stop_chaos") or not others:
        return own
    found, more = orjson.loads(own), [orjson.loads(one) for one in others]
    match name:
        case "drain":
            found["remaining"] += sum(one["remaining"] for one in more)
            found["task_ids"] += [id for one in more for id in one["task_ids"]]
        case "renew_chaos":
            found["renewed"] = found["renewed"] or any(one["renewed"] for one in more)
        case _:
            stopped = (one["stopped"] for one in (found, *more) if one["stopped"])
            found["stopped"] = next(stopped, found["stopped"])
    return orjson.dumps(found)
