"""Whether what a probe has found is tolerable, as Chaos Toolkit means it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ....config.values.values import is_list, is_mapping

Tolerance = Any
"""A scalar, [low, high], a list of values, or a mapping with the type regex, jsonpath or range."""
_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\['([^']+)'\]")
_KINDS = ("regex", "jsonpath", "range")


def problem_of(tolerance: Tolerance) -> str | None:
    """Why a tolerance cannot be used; None: it can."""
    if not is_mapping(tolerance):
        return None
    kind = tolerance.get("type")
    if kind not in _KINDS:
        return f"a tolerance of the type {kind!r} is not supported; there are {', '.join(_KINDS)}"
    match kind:
        case "regex":
            return _problem_of_regex(tolerance.get("pattern"))
        case "jsonpath":
            return None if steps_of(tolerance.get("path")) is not None else _NO_PATH
        case _:
            bounds = tolerance.get("range")
            is_range = is_list(bounds) and len(bounds) == 2 and all(map(_is_number, bounds))
            return None if is_range else "range is [low, high], two numbers"


_NO_PATH = "path is a simple one, such as $.success_rate or $.breakers['gpt-5']"


def _problem_of_regex(pattern: object) -> str | None:
    if not isinstance(pattern, str):
        return "pattern is a text"
    try:
        re.compile(pattern)
    except re.error as error:
        return f"pattern is no regular expression: {error}"
    return None


def holds(tolerance: Tolerance, value: object) -> bool:
    """Whether the value is within the tolerance; what cannot be compared is not.

    >>> holds([0.9, 1.0], 0.95), holds("closed", "open")
    (True, False)
    """
    try:
        return _holds(tolerance, value)
    except (TypeError, ValueError, AttributeError):
        return False


def _holds(tolerance: Tolerance, value: Any) -> bool:
    answer = value if is_mapping(value) and "status" in value else None
    if is_mapping(tolerance):
        return _holds_as(tolerance, value)
    if is_list(tolerance):
        found: Any = value if answer is None else answer["status"]
        if len(tolerance) == 2 and all(map(_is_number, tolerance)) and answer is None:
            bounds: Any = tolerance
            return bool(bounds[0] <= found <= bounds[1])
        return found in tolerance
    if answer is not None and _is_number(tolerance):
        return bool(answer["status"] == tolerance)
    return _equal(tolerance, value)


def _holds_as(tolerance: Mapping[object, Any], value: Any) -> bool:
    target = tolerance.get("target")
    if target and is_mapping(value):
        value = value.get(target, value)
    match tolerance["type"]:
        case "regex":
            return re.search(tolerance["pattern"], value) is not None
        case "range":
            low, high = tolerance["range"]
            return _is_number(value) and bool(low <= value <= high)
        case _:
            return _holds_at(tolerance, value)


def _holds_at(tolerance: Mapping[object, Any], value: object) -> bool:
    steps = steps_of(tolerance["path"])
    there, found = _at(value, steps or ())
    if "expect" in tolerance:
        expected = tolerance["expect"]
        wanted = expected if is_list(expected) else [expected]
        return there and [found] == list(wanted)
    return there


def steps_of(path: object) -> tuple[str | int, ...] | None:
    """The steps of a simple JSON path; None: it is none."""
    if not isinstance(path, str) or not path.startswith("$"):
        return None
    found, at = list[str | int](), 1
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            return None
        name, place, quoted = step.groups()
        found.append(int(place) if place is not None else name or quoted)
        at = step.end()
    return tuple(found)


def _at(value: object, steps: tuple[str | int, ...]) -> tuple[bool, object]:
    for step in steps:
        if not _has(value, step):
            return False, None
        container: Any = value
        value = container[step]
    return True, value


def _has(value: object, step: str | int) -> bool:
    if isinstance(step, int):
        return is_list(value) and step < len(value)
    return is_mapping(value) and step in value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(tolerance: object, value: object) -> bool:
    """Python takes true for 1, and an experiment does not."""
    return isinstance(tolerance, bool) == isinstance(value, bool) and tolerance == value
