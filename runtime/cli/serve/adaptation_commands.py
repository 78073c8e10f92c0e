"""`hive-resilience level` and `recovery`: from options to an exit code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....config.values.words import printable
from .operating import asked
from .remote import Place
from .tables import print_lacking
from .told import Told

_LEVEL, _RECOVERY = "/admin/degradation", "/admin/recovery"
_SHOWN = 20

Answer = Mapping[str, Any]


def level(place: Place, *, as_json: bool) -> int:
    """The level of the fleet."""
    return asked(place, lambda remote: remote.get(_LEVEL), _print_level, as_json)


def hold(place: Place, level: str, duration: str, told: Told, *, as_json: bool) -> int:
    """Set the level by hand."""
    fields = {"level": level, **told.fields()}
    if duration:
        fields["duration"] = duration
    path = f"{_LEVEL}/hold"
    return asked(place, lambda remote: remote.post(path, fields), _print_level, as_json)


def release(place: Place, told: Told, *, as_json: bool) -> int:
    """Let the figures say what the level is."""
    path = f"{_LEVEL}/release"
    return asked(place, lambda remote: remote.post(path, told.fields()), _print_level, as_json)


def recovery(place: Place, *, as_json: bool) -> int:
    """What the server has done by itself."""
    return asked(place, lambda remote: remote.get(_RECOVERY), _print_recovery, as_json)


def _print_level(found: Answer) -> None:
    why = f": {printable(found['reason'])}" if found["reason"] else ""
    print(f"{found['level']}, since {found['since'][:19]}{why}")
    if found["held"]:
        until = found["held"]["until"]
        told = "it is released" if until is None else until[:19]
        print(f"held by hand until {told}; by its figures the fleet is {found['measured']}")
    for signal in found["signals"]:
        value = "-" if signal["value"] is None else f"{signal['value']:.3g}"
        print(f"  {signal['name']:8} {value:>6}  {signal['level']}")
    if found["actions"]:
        print(f"done at this level: {', '.join(found['actions'])}")
    levels = found.get("levels", {})
    if len({*levels.values()}) > 1:
        told = ", ".join(f"{worker} {printable(level)}" for worker, level in levels.items())
        print(f"of each worker: {told}")
    print_lacking(found)


def _print_recovery(found: Answer) -> None:
    on = ", ".join(found["remedies"]) or "none beside what is built in"
    dry = "; dry run: they are only told" if found["dry_run"] else ""
    print(f"remedies: {on if found['enabled'] else 'off'}{dry}")
    for model_id in found["gave_up"]:
        print(f"left to an operator: {printable(model_id)}")
    for record in found["records"][:_SHOWN]:
        error = f"; {printable(record['error'])}" if record["error"] else ""
        told = f"{record['at'][:19]}  {record['outcome']:8}  {record['remedy']}"
        if "worker" in record:
            told += f" on worker {record['worker']}"
        print(f"{told}  {printable(record['model_id'])}: {printable(record['reason'])}{error}")
    print_lacking(found)
