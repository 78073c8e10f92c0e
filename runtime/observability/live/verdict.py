"""Is anything wrong, since when, why, and what is the runtime doing about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .series import FEW, MANY_FAIL

Record = Mapping[str, Any]
_NAMED = 3


class Verdict(NamedTuple):
    """`level`: well, watch, bad or out. `since` is milliseconds since 1970; None: not known."""

    level: str
    title: str
    since: int | None
    why: str
    doing: str


def verdict_of(
    models: Sequence[Record], fleet: Record, degradation: Record | None = None
) -> Verdict:
    """What a person should know first, of the records of the models and of the fleet.

    `degradation` is the level of the fleet where it is above none.
    """
    if not models:
        return Verdict("out", "The fleet has no models", None, "None is in the settings.", "")
    serving = [model for model in models if model["out"] is None]
    out = [model for model in models if model["out"] is not None]
    broken = [model for model in out if model["out"] != "maintenance"]
    if not serving:
        return _none_serves(out)
    if broken:
        return _some_are_out(broken, serving, models)
    ailing = [model for model in serving if _ails(model)]
    if ailing:
        return _some_ail(ailing, serving)
    if fleet["crowded_since"] is not None:
        return _crowded(serving, fleet)
    if degradation is not None:
        return _degraded(degradation)
    return _well(out, serving, fleet)


def _none_serves(out: Sequence[Record]) -> Verdict:
    title = "No model can serve a task"
    doing = f"Tasks fail or wait. {_next_try(out)}"
    return Verdict("out", title, _since(out, latest=True), _reasons(out), doing)


def _some_are_out(
    broken: Sequence[Record], serving: Sequence[Record], all: Sequence[Record]
) -> Verdict:
    verb = "is" if len(broken) == 1 else "are"
    title = f"{_names(broken)} {verb} out; {len(serving)} of {len(all)} models serve"
    doing = f"Tasks go to {_names(serving)}. {_next_try(broken)}"
    resting = [model for model in all if model["out"] == "maintenance"]
    more = f" {_names(resting)}: in maintenance." if resting else ""
    return Verdict("bad", title, _since(broken), _reasons(broken) + more, doing)


def _some_ail(ailing: Sequence[Record], serving: Sequence[Record]) -> Verdict:
    others = [model for model in serving if model not in ailing]
    verb = "does" if len(ailing) == 1 else "do"
    doing = "A failed attempt goes on to the next model" + (
        f": {_names(others)}." if others else "; but there is no healthy one."
    )
    title = f"{_names(ailing)} {verb} not work well"
    return Verdict("watch", title, _since(ailing), " ".join(map(_ailment, ailing)), doing)


def _crowded(serving: Sequence[Record], fleet: Record) -> Verdict:
    title = f"{fleet['waiting']} tasks wait for a place"
    places = sum(model["limit"] for model in serving)
    why = f"All {places} places of {_names(serving)} are taken, and as many tasks wait for one."
    doing = (
        "They are served in the order of their priority; where a line is full, tasks fail at once."
    )
    return Verdict("watch", title, fleet["crowded_since"], why, doing)


def _degraded(level: Record) -> Verdict:
    title = f"All models serve, at the degradation level {level['level']}"
    return Verdict("watch", title, level["since"], level["reason"], level["doing"])


def _well(out: Sequence[Record], serving: Sequence[Record], fleet: Record) -> Verdict:
    count = len(serving)
    title = "All models serve" if not out else f"{count} of {count + len(out)} models serve"
    if count == 1 and not out:
        title = "The model serves"
    kept_out = f"{_names(out)}: in maintenance, as an operator wants it. " if out else ""
    calls, errors = fleet["calls"], fleet["errors"]
    if not calls:
        why = "No call has ended in the last minute."
    elif not errors:
        all_of_them = "The one call" if calls == 1 else f"All {calls} calls"
        why = f"{all_of_them} of the last minute succeeded."
    else:
        why = f"{_percent(errors)} of {calls} calls failed in the last minute."
    return Verdict("well", title, _since(out), kept_out + why, "")


def _ails(model: Record) -> bool:
    if model["status"] == "degraded" or model["breaker"] == "half_open":
        return True
    return model["calls"] >= FEW and (model["errors"] or 0.0) >= MANY_FAIL


def _ailment(model: Record) -> str:
    if model["breaker"] == "half_open":
        return f"{model['id']} is on trial: a few calls decide whether it serves again."
    if model["errors"]:
        return f"{_percent(model['errors'])} of {model['calls']} calls of {model['id']} failed."
    return f"{model['id']}: {model['why']}."


def _reasons(models: Sequence[Record]) -> str:
    return " ".join(f"{model['id']}: {_reason(model)}." for model in models[:_NAMED])


def _reason(model: Record) -> str:
    if model["out"] == "parked":
        return "its provider asked for a wait"
    change = model["change"]
    return str(change["text"] if change is not None else model["why"]).rstrip(".")


def _next_try(models: Sequence[Record]) -> str:
    waits = [model["retry_in"] or model["parked_for"] for model in models]
    waits = [wait for wait in waits if wait]
    if waits:
        return f"The next try is in {max(round(min(waits)), 1)} s at the latest."
    if any(model["breaker"] in ("open", "half_open") for model in models):
        return "Trial calls decide whether it serves again."
    held = ("forced_open", "disabled")
    if all(model["breaker"] in held or model["out"] == "maintenance" for model in models):
        return "That holds until an operator ends it."
    return "Probes find out when it is back."


def _since(models: Sequence[Record], *, latest: bool = False) -> int | None:
    """When the first of them began; with `latest` the last, as none serves since then."""
    found = [model["since"] for model in models if model["since"] is not None]
    return None if not found else max(found) if latest else min(found)


def _names(models: Sequence[Record]) -> str:
    names = [str(model["id"]) for model in models]
    if len(names) > _NAMED:
        names = [*names[:_NAMED], f"{len(names) - _NAMED} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "less than 0.1%"
