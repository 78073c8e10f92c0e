"""A YAML file as plain values, with the line of every key. Needs PyYAML."""

from __future__ import annotations

import yaml

from ..errors import Problem
from ..values.words import KeyPath
from .document import Document, unreadable

Lines = dict[KeyPath, int]


class _Loader(yaml.SafeLoader):
    """YAML 1.1 counts 1:30 in sixties, as 90: here it is the text that it looks like."""

    def number(self, node: yaml.ScalarNode) -> object:
        if ":" in node.value:
            return str(node.value)
        integer = node.tag == "tag:yaml.org,2002:int"
        return self.construct_yaml_int(node) if integer else self.construct_yaml_float(node)


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
    except ValueError as error:
        failure = unreadable(file, f"is not YAML: {error}")
    except RecursionError:
        failure = unreadable(file, "is nested too deeply")
    raise failure


def _read(file: str, text: str) -> Document:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return Document(file, None)
        # Before the values are made: that moves merged keys among the others.
        lines, problems = _walk(file, node)
        content: object = loader.construct_document(node)  # pyright: ignore[reportUnknownMemberType]
        return Document(file, content, lines, problems)
    finally:
        loader.dispose()


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
        return [(str(key.value), key.start_mark.line + 1, child) for key, child in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [(at, child.start_mark.line + 1, child) for at, child in enumerate(node.value)]
    return []


def _written_twice(file: str, path: KeyPath, line: int, first: int) -> Problem:
    key = ".".join(map(str, path))
    return Problem(file, line, key, None, f"written twice, first on line {first}")
