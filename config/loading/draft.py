"""Settings before they are checked: names in snake_case, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeGuard

from ..errors import ConfigurationError, Problem
from ..values.redaction import presentable
from ..values.references import dangling
from ..values.values import is_list, is_mapping
from ..values.words import KeyPath
from .document import Document
from .dotenv import NAME as DOTENV

MOST_PROBLEMS = 100
"""So many mistakes are told: a hint for each of a million would take hours."""

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
    """Settings on their way to a `RuntimeConfig`; a mistake is noted and left out."""

    document: Document
    global_: Content = field(default_factory=Content)
    models: list[Content] = field(default_factory=list[Content])
    groups: list[Content] = field(default_factory=list[Content])
    places: dict[KeyPath, Place] = field(default_factory=dict[KeyPath, Place])
    problems: list[Problem] = field(default_factory=list[Problem])
    warnings: list[Problem] = field(default_factory=list[Problem])
    """What may be a mistake, and keeps nothing from running."""

    def content(self) -> Content:
        """The content for a `RuntimeConfig`."""
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
        line = self.document.line_of((*place.raw, *rest))
        return replace(place, line=line, key=self._key_inside(place.key, place.raw, rest))

    def _key_inside(self, key: str, raw: KeyPath, rest: KeyPath) -> str:
        """The key of a setting in a list of settings, by the name of its member."""
        found: object = self.document.content
        for part in (*raw, rest[0]):
            if is_mapping(found):
                found = found.get(part)
            elif is_list(found) and isinstance(part, int) and part < len(found):
                found = found[part]
        if not is_mapping(found) or not isinstance(rest[0], int):
            return key
        return ".".join(map(str, (key, found.get("name", rest[0]), *rest[-1:])))

    def put(self, into: Content, path: KeyPath, value: object, place: Place) -> None:
        """Sets a value that the file has not set yet; `into` is the group at the path's parent."""
        first = self.places.get(path)
        name = str(path[-1])
        if name in into and first is not None:
            line = "" if first.line is None else f", on line {first.line}"
            self.note(place, value, f"written twice: it is {first.key} too{line}")
            return
        into[name] = value
        self.places[path] = place

    def note(self, place: Place, value: object, message: str) -> None:
        """Adds a problem; it keeps `value` only where that may be shown."""
        shown = presentable(place.key, value)
        self.problems.append(Problem(place.file, place.line, place.key or None, shown, message))
        if len(self.problems) >= MOST_PROBLEMS:
            raise self.error()

    def error(self) -> ConfigurationError:
        """The mistakes so far, in the order of their lines; there must be some."""
        return ConfigurationError.of(sorted(self.problems, key=_by_line)[:MOST_PROBLEMS])

    def note_names(self) -> None:
        """Adds a problem for each name that is no model's."""
        for path, name, message in dangling(self.models, self.groups):
            self.note(self.place_of(path), name, message)


def _by_line(problem: Problem) -> tuple[bool, bool, int]:
    return problem.file == DOTENV, problem.line is None, problem.line or 0
