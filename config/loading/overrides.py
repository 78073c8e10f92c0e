"""Settings from arguments: stronger than the environment, and counted in seconds as in Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeGuard

from pydantic.alias_generators import to_snake

from ..base import Settings
from ..errors import ConfigurationError
from ..settings.group import GroupConfig
from ..settings.model import ModelConfig
from ..settings.runtime import GlobalConfig
from ..settings.spelling import groups, lists
from ..values.units import bare_refusal, is_span, span_text
from ..values.values import is_list
from ..values.words import KeyPath
from .document import Document
from .draft import Content, Draft, is_content
from .reader import draft_of

ARGUMENT = "argument"


class Overrides:
    """Settings from the caller; `content` is written like a file."""

    def __init__(self, content: Mapping[str, object] | None) -> None:
        if content is not None and not isinstance(content, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            kind = type(content).__name__
            raise ConfigurationError(f"overrides are a mapping, written like a file, not a {kind}")
        self._draft = draft_of(Document(ARGUMENT, dict(content or {})))
        draft = self._draft
        _in_seconds(GlobalConfig, draft.global_, ("global",), draft)
        for at, model in enumerate(draft.models):
            _in_seconds(ModelConfig, model, ("models", at), draft)
        for at, group in enumerate(draft.groups):
            _in_seconds(GroupConfig, group, ("groups", at), draft)

    def introduce(self, draft: Draft) -> None:
        """Adds the models that only the arguments have, so that variables may name them."""
        known = {model.get("id") for model in draft.models}
        for at, model in enumerate(self._draft.models):
            if "id" in model and model["id"] not in known:
                draft.places["models", len(draft.models)] = self._draft.places["models", at]
                draft.models.append({"id": model["id"]})

    def lay_over(self, draft: Draft) -> None:
        """Writes the arguments over all other settings."""
        mine = self._draft
        draft.problems.extend(mine.problems)
        _over(draft.global_, mine.global_)
        moved: dict[KeyPath, KeyPath] = {("global",): ("global",)}
        moved |= _members("models", draft.models, mine.models, "id")
        moved |= _members("groups", draft.groups, mine.groups, "name")
        for path, place in mine.places.items():
            start = moved.get(path[:1]) or moved[path[:2]]
            # Its lines, were there any, would not be those of the file.
            draft.places[(*start, *path[len(start) :])] = replace(place, raw=None)


def _members(
    section: str, theirs: list[Content], mine: list[Content], key: str
) -> dict[KeyPath, KeyPath]:
    """Merges by name. The answer maps the path of each of `mine` to its path in `theirs`."""
    moved: dict[KeyPath, KeyPath] = {}
    at = {member.get(key): position for position, member in enumerate(theirs)}
    for position, member in enumerate(mine):
        found = at.get(member.get(key))
        if found is None:
            found = len(theirs)
            theirs.append({})
        _over(theirs[found], member)
        moved[section, position] = (section, found)
    return moved


def _over(theirs: Content, mine: Content) -> None:
    for name, value in mine.items():
        inner = theirs.get(name)
        if is_content(value) and is_content(inner) and name != "weights":
            _over(inner, value)
        else:
            theirs[name] = value


def _in_seconds(kind: type[Settings], content: Content, path: KeyPath, draft: Draft) -> None:
    for key, value in content.items():
        name = to_snake(key)  # only in a list a key is still as it was written
        inner = groups(kind).get(name)
        if inner is not None and is_content(value):
            _in_seconds(inner, value, (*path, name), draft)
        elif name in lists(kind) and is_list(value):
            content[key] = _members_in_seconds(lists(kind)[name], value, (*path, name), draft)
        elif name not in kind.model_fields:
            continue  # it is refused later
        elif is_span(kind.model_fields[name]) and _may_be_span(value):
            refusal = bare_refusal(value)
            if refusal is not None:
                draft.note(draft.place_of((*path, name)), value, refusal)
            else:
                content[key] = span_text(value)


def _members_in_seconds(
    kinds: tuple[type[Settings], ...], members: Iterable[object], path: KeyPath, draft: Draft
) -> list[object]:
    """The members of a list, as copies: they are the caller's own."""
    found: list[object] = []
    for at, member in enumerate(members):
        copy = dict(member) if is_content(member) else member
        for kind in kinds:
            if is_content(copy):
                _in_seconds(kind, copy, (*path, at), draft)
        found.append(copy)
    return found


def _may_be_span(value: object) -> TypeGuard[float]:
    """A value below zero stays as it is, and is refused as it was written."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
