"""How far an experiment may reach: never so far that no model is left, unless that is wanted."""

from __future__ import annotations

from collections.abc import Iterable

from .fault import Injection
from .kinds import HARMLESS, OF_THE_DISK

TAKEN_OUT = 0.5
"""Share of the calls from which on a fault may take a model out: the failure rate of a breaker."""


def taken_out(injections: Iterable[Injection], model_ids: Iterable[str]) -> frozenset[str]:
    """The models that these faults may take out together."""
    shares: dict[str, float] = {}
    about = tuple(model_ids)
    for one in injections:
        if one.kind in HARMLESS or one.kind in OF_THE_DISK or one.spec.actor is not None:
            continue
        for model_id in about:
            if one.is_about(model_id):
                shares[model_id] = shares.get(model_id, 0.0) + one.share
    return frozenset(model_id for model_id, share in shares.items() if share >= TAKEN_OUT)


def reason_to_refuse(injections: Iterable[Injection], usable: Iterable[str]) -> str | None:
    """Why these faults together reach too far; None: a usable model is left."""
    there = frozenset(usable)
    if not there:
        return "no model is usable as it is"
    if there - taken_out(injections, there):
        return None
    told = "the faults may take out every usable model"
    return f"{told} ({', '.join(sorted(there))}); allow_outage allows it"
