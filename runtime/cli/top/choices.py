"""What a person has chosen to see, and what a key does to that. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .words import look

Record = Mapping[str, Any]
_TONES = ("bad", "warn", "trial", "rest", "good")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Choices:
    """How the models are shown. `typing`: keys go into the filter."""

    sort: str = "settings"
    selected: str | None = None
    filter: str = ""
    typing: bool = False
    paused: bool = False
    help: bool = False


_ORDERS: Mapping[str, Callable[[Record], Any]] = {
    "settings": lambda model: 0,
    "state": lambda model: _TONES.index(look(model).tone),
    "calls": lambda model: -model["rate"],
    "failed": lambda model: -(model["errors"] or 0.0),
    "p95": lambda model: -(model["p95"] or 0.0),
    "busy": lambda model: -model["busy"],
    "name": lambda model: model["id"],
}
SORTS = tuple(_ORDERS)
"""By what models are sorted, in the order of the key."""


def shown(found: Record, choices: Choices) -> list[Record]:
    """The models that are wanted, in the order that is wanted."""
    word = choices.filter.casefold()
    models = [found["models"][name] for name in found["order"]]
    if word:
        models = [one for one in models if word in f"{one['id']} {look(one).word}".casefold()]
    return sorted(models, key=_ORDERS[choices.sort])


def pressed(choices: Choices, key: str, names: Sequence[str]) -> Choices | None:
    """What is chosen after a key; None: the view is left. `names` are the models shown."""
    if choices.typing:
        return _typed(choices, key)
    match key:
        case "q":
            return None
        case "p":
            return replace(choices, paused=not choices.paused)
        case "s":
            return replace(choices, sort=SORTS[(SORTS.index(choices.sort) + 1) % len(SORTS)])
        case "?" | "h":
            return replace(choices, help=not choices.help)
        case "/":
            return replace(choices, typing=True, help=False)
        case "escape":
            return _taken_back(choices)
        case _:
            return _moved(choices, key, names)


def _typed(choices: Choices, key: str) -> Choices:
    match key:
        case "enter" | "up" | "down":
            return replace(choices, typing=False)
        case "escape":
            return replace(choices, typing=False, filter="")
        case "backspace":
            return replace(choices, filter=choices.filter[:-1])
        case _ if len(key) == 1 and key.isprintable():
            return replace(choices, filter=(choices.filter + key)[:_LONGEST])
        case _:
            return choices


def _taken_back(choices: Choices) -> Choices:
    """Undo what was chosen last: the help, the selection, then the filter."""
    if choices.help:
        return replace(choices, help=False)
    if choices.selected is not None:
        return replace(choices, selected=None)
    return replace(choices, filter="")


def _moved(choices: Choices, key: str, names: Sequence[str]) -> Choices:
    at = names.index(choices.selected) if choices.selected in names else None
    last = len(names) - 1
    steps: Mapping[str, int] = {
        "down": 0 if at is None else min(at + 1, last),
        "up": last if at is None else max(at - 1, 0),
        "page_down": last if at is None else min(at + 10, last),
        "page_up": 0 if at is None else max(at - 10, 0),
        "home": 0,
        "end": last,
        "enter": 0 if at is None else at,
    }
    key = {"j": "down", "k": "up"}.get(key, key)
    if key not in steps or not names:
        return choices
    return replace(choices, selected=names[steps[key]], help=False)
