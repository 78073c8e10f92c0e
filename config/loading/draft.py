"""Settings before they are checked: names in snake_case, and where each of them came from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeGuard

from ..errors import Problem
from ..values.redaction import presentable
from ..values.references import dangling
from ..values.words import KeyPath
from .document import Document

Content = dict[str, object]


def is_content(value: object) -> TypeGuard[Content]:
    """Whether a value in a draft is a group of settings."""
    return isinstance(value, dict)


def group_in(content: Content, name: str) -> Content:
    """The group of this name; an empty one where there was none."""
    group = content.setdefault(name, Content())
    assert is_content(group)  # nothing else stands in its place
    return group


@dataclass(frozen=True, slots=True)
class Place:
    """Where a setting was written. `file` is "environment" for a variable."""

    file: str | None
    line: int | None
    key: str
    raw: KeyPath | None = field(default=None, compare=False)
    """The keys of the file as they stand there, by which a part of the value can be found."""


@dataclass(slots=True)
class Draft:
    """What a file and others say on its way to a `RuntimeConfig`; a mistake is noted, left out."""

    document: Document
    global_: Content = field(default_factory=Content)
    models: list[Content] = field(default_factory=list[Content])
    groups: list[Content] = field(default_factory=list[Content])
    places: dict[KeyPath, Place] = field(default_factory=dict[KeyPath, Place])
    problems: list[Problem] = field(default_factory=list[Problem])

    def content(self) -> Content:
        """What `RuntimeConfig` is made from."""
        return {"global": self.global_, "models": self.models, "groups": self.groups}

    def place_of(self, path: KeyPath) -> Place:
        """Where the setting at `path`, or the nearest group around it, was written."""
        for length in range(len(path), 0, -1):
            place = self.places.get(path[:length])
            if place is not None:
                return self._inside(place, path[length:])
        return Place(self.document.file, None, "")

    def _inside(self, place: Place, rest: KeyPath) -> Place:
        if not rest or place.raw is None:
            return place
        return replace(place, line=self.document.line_of((*place.raw, *rest)))

    def put(self, into: Content, path: KeyPath, value: object, place: Place) -> None:
        """Sets what nobody has set yet in this file; `into` holds what is at the path's parent."""
        first = self.places.get(path)
        name = str(path[-1])
        if name in into and first is not None:
            line = "" if first.line is None else f", on line {first.line}"
            self.note(place, value, f"written twice: it is {first.key} too{line}")
            return
        into[name] = value
        self.places[path] = place

    def note(self, place: Place, value: object, message: str) -> None:
        """Adds a problem; `value` is kept only where it may be shown."""
        shown = presentable(place.key, value)
        self.problems.append(Problem(place.file, place.line, place.key or None, shown, message))

    def note_names(self) -> None:
        """Adds a problem for each name that is no model's."""
        for path, name, message in dangling(self.models, self.groups):
            self.note(self.place_of(path), name, message)
