"""What a reload has changed, in two lines of text: as it was, and as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

from ...config.base import Settings
from ...config.diff import Added, Change, Changed, GlobalChanged, Removed, differing
from ...config.settings.runtime import RuntimeConfig

_LONGEST = 400
"""Characters of each line."""

Pair = tuple[str, str]


def told(before: RuntimeConfig, changes: Iterable[Change]) -> Pair:
    """Both lines: models that came and went, and settings that differ with their values.

    A text or a mapping may have a secret in it, so that only its name is told.
    """
    pairs = [pair for change in changes for pair in _of(before, change)]
    was = ", ".join(old for old, _ in pairs if old)
    became = ", ".join(new for _, new in pairs if new)
    return _short(was or "the same"), _short(became or "the same")


def target_of(changes: Iterable[Change]) -> str | None:
    """The model that all of it is about; None: there are others, or it is about the runtime."""
    found = {change.model.id if isinstance(change, Changed) else None for change in changes}
    return found.pop() if len(found) == 1 else None


def _of(before: RuntimeConfig, change: Change) -> Iterator[Pair]:
    match change:
        case Added(model):
            yield "", f"{model.id} added"
        case Removed(model_id):
            yield "", f"{model_id} removed"
        case Changed(old, new):
            yield from _pairs(f"{new.id}.", old, new)
        case GlobalChanged(settings):
            yield from _pairs("", before.global_, settings)
        case _:
            yield "", "groups differ" if hasattr(change, "groups") else "another order"


def _pairs(prefix: str, before: Settings, after: Settings) -> Iterator[Pair]:
    for name in sorted(differing(before, after)):
        old, new = getattr(before, name), getattr(after, name)
        if isinstance(old, Settings) and isinstance(new, Settings):
            yield from _pairs(f"{prefix}{name}.", old, new)
        else:
            yield _written(f"{prefix}{name}", old), _written(f"{prefix}{name}", new)


def _written(name: str, value: object) -> str:
    if value is None or isinstance(value, int | float | Enum):
        return f"{name}={value}"
    return name


def _short(line: str) -> str:
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."
