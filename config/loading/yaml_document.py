"""A YAML file as plain values, with the line of every key. Needs PyYAML."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.constructor import ConstructorError

from ..errors import Problem
from ..values.words import KeyPath
from .document import DEEPEST, MOST_NUMBER, MOST_VALUES, TOO_DEEP, TOO_MUCH, Document, unreadable

Lines = dict[KeyPath, int]
_MERGE = "tag:yaml.org,2002:merge"
_WRONG_VALUES = (ValueError, ArithmeticError, AttributeError, LookupError, TypeError)
"""What PyYAML raises for a text that its own tag does not fit, as `!!bool x` or `!!int ""`."""


class _TooMuchError(Exception):
    """The text would take too long, or too much."""


class _Loader(yaml.SafeLoader):
    """YAML 1.1 counts 1:30 in sixties, as 90: here it is the text that it looks like."""

    _level = _values = 0

    def number(self, node: yaml.ScalarNode) -> object:
        if ":" in node.value:
            return str(node.value)
        if node.tag != "tag:yaml.org,2002:int":
            return self.construct_yaml_float(node)
        found = self.construct_yaml_int(node)
        if abs(found) > MOST_NUMBER:
            raise OverflowError
        return found

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._level += 1
        self._values += 1
        # The root stands at level 1, and a scalar opens no level.
        if self._level > DEEPEST + 2:
            raise _TooMuchError(TOO_DEEP)
        if self._values > MOST_VALUES:
            raise _TooMuchError(TOO_MUCH)
        node = super().compose_node(parent, index)
        self._level -= 1
        return node


for _kind in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _Loader.number)


def read_yaml(file: str, text: str) -> Document:
    """The one document in `text`. Raises `ConfigurationError`."""
    # A parser's error has the text around a mistake, which may hold a secret: ours is raised
    # outside of the handlers, so that nothing leads to it.
    try:
        return _read(file, text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        failure = unreadable(file, f"is not YAML: {error.problem}", line)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        failure = unreadable(file, f"is not YAML: {error.reason}", line)
    except _TooMuchError as error:
        failure = unreadable(file, str(error))
    except _WRONG_VALUES:
        # Not quoted: their texts have the value.
        failure = unreadable(file, "is not YAML: a value does not fit its type")
    except RecursionError:
        failure = unreadable(file, TOO_DEEP)
    raise failure


def _read(file: str, text: str) -> Document:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return Document(file, None)
        _check_extent(node)
        # Before the values are made: that moves merged keys among the others.
        lines, problems = _walk(file, node)
        content: object = loader.construct_document(node)  # pyright: ignore[reportUnknownMemberType]
        return Document(file, content, lines, problems)
    finally:
        loader.dispose()


def _check_extent(root: yaml.Node) -> None:
    """Counts what the aliases repeat: a few of them can spell millions of values, or no end."""
    counts: dict[int, tuple[int, int]] = {}
    _extent(root, counts, set())
    if counts[id(root)][0] > MOST_VALUES:
        raise _TooMuchError(TOO_MUCH)


def _extent(node: yaml.Node, counts: dict[int, tuple[int, int]], above: set[int]) -> None:
    """Notes values and levels of each node. The stack is not deep: `compose_node` has counted."""
    if id(node) in above:
        raise _TooMuchError("has an alias inside of what it stands for")
    if id(node) in counts:
        return
    above.add(id(node))
    values, levels = 1, 0
    for child in _parts(node):
        _extent(child, counts, above)
        inner, deep = counts[id(child)]
        values, levels = values + inner, max(levels, deep + 1)
    above.remove(id(node))
    if levels > DEEPEST:
        raise _TooMuchError(TOO_DEEP)
    counts[id(node)] = values, levels


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _walk(file: str, root: yaml.Node) -> tuple[Lines, tuple[Problem, ...]]:
    lines: Lines = {}
    problems: list[Problem] = []
    # An aliased node is walked once: a few aliases can spell millions of paths.
    walked: set[int] = set()
    waiting: list[tuple[KeyPath, yaml.Node]] = [((), root)]
    while waiting:
        path, node = waiting.pop()
        if id(node) in walked:
            continue
        walked.add(id(node))
        for key, line, child in _children(node):
            here = (*path, key)
            if here in lines:
                problems.append(_written_twice(file, here, line, lines[here]))
                continue
            lines[here] = line
            waiting.append((here, child))
    return lines, tuple(problems)


def _children(node: yaml.Node) -> list[tuple[str | int, int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        return [
            (_name(key), key.start_mark.line + 1, child)
            for key, child in node.value
            # Several merge keys are all read, so none of them is written twice.
            if key.tag != _MERGE
        ]
    if isinstance(node, yaml.SequenceNode):
        return [(at, child.start_mark.line + 1, child) for at, child in enumerate(node.value)]
    return []


def _name(key: yaml.Node) -> str:
    """A key as a text; one that is no scalar has to be text, and is refused later."""
    if isinstance(key, yaml.ScalarNode):
        return str(key.value)
    raise ConstructorError(None, None, "a key is a text", key.start_mark)


def _written_twice(file: str, path: KeyPath, line: int, first: int) -> Problem:
    key = ".".join(map(str, path))
    return Problem(file, line, key, None, f"written twice, first on line {first}")
