"""Models that name each other: every name has to be that of a model, once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from .values import is_list, is_mapping
from .words import KeyPath, nearest

Fields = Mapping[str, object]


class Dangling(NamedTuple):
    """A name that fits no model: its place, and the mistake."""

    path: KeyPath
    name: str
    message: str


def dangling(models: Sequence[Fields], groups: Sequence[Fields]) -> Iterator[Dangling]:
    """Every name in fallbacks, groups and weights that fits nothing.

    Takes settings before they are checked, and passes over values that are no list of texts.
    """
    ids = [str(model.get("id")) for model in models]
    known = set(ids)
    for at, model in enumerate(models):
        path: KeyPath = ("models", at, "fallbacks")
        yield from _names(model.get("fallbacks"), path, ids, known, str(model.get("id")))
    for at, group in enumerate(groups):
        own = group.get("models")
        yield from _names(own, ("groups", at, "models"), ids, known, None)
        yield from _weights(group.get("weights"), own, ("groups", at, "weights"))


def no_model(name: str, ids: Sequence[str]) -> str:
    """The message for a name that no model has."""
    meant = nearest(name, ids)
    there_are = f"did you mean {meant!r}?" if meant else f"models are: {_some(ids)}"
    return f"no model has the id {name!r}; {there_are}"


def no_plan(name: str, names: Sequence[str]) -> str:
    """The message for a plan that is neither a model nor a group."""
    meant = nearest(name, names)
    there_are = f"did you mean {meant!r}?" if meant else f"there are: {_some(names)}"
    return f"there is no model and no group {name!r}; {there_are}"


def _names(
    value: object, path: KeyPath, ids: Sequence[str], known: set[str], owner: str | None
) -> Iterator[Dangling]:
    seen: set[str] = set()
    for at, name in enumerate(value if is_list(value) else ()):
        if not isinstance(name, str):
            continue
        if name == owner:
            yield Dangling((*path, at), name, f"{name!r} is not its own fallback")
        elif name not in known:
            yield Dangling((*path, at), name, no_model(name, ids))
        elif name in seen:
            yield Dangling((*path, at), name, f"{name!r} is named twice")
        seen.add(name)


def _weights(value: object, own: object, path: KeyPath) -> Iterator[Dangling]:
    if not is_mapping(value) or not is_list(own):
        return
    names = [name for name in own if isinstance(name, str)]
    for name in value:
        if isinstance(name, str) and name not in names:
            message = f"{name!r} is not among the models of its group: {_some(names)}"
            yield Dangling((*path, name), name, message)


def _some(names: Iterable[str]) -> str:
    first = list(names)
    more = f" and {len(first) - 10} more" if len(first) > 10 else ""
    return (", ".join(first[:10]) or "none") + more
