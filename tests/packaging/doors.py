"""The public doors: the package itself and its rooms."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from types import ModuleType


def list_of(door: str) -> list[str]:
    """The names that a door has."""
    names: list[str] = import_module(door).__all__
    return names


ROOMS = (
    "chaos",
    "config",
    "errors",
    "events",
    "observability",
    "policies",
    "reports",
    "server",
    "snapshots",
    "testing",
    "types",
)
LAZY = (
    "hive_resilience",
    "hive_resilience.config",
    "hive_resilience.observability",
    "hive_resilience.reports",
    "hive_resilience.server",
)
DOORS = ("hive_resilience", *(f"hive_resilience.{room}" for room in ROOMS))
NAMES = [(door, name) for door in DOORS for name in list_of(door)]
"""Every public name with the door where it stands; a few stand at two."""


def public() -> dict[str, object]:
    """Every public object by its name."""
    return {name: getattr(import_module(door), name) for door, name in NAMES}


def for_type_checkers(module: ModuleType) -> list[ast.stmt]:
    """What a module has under `TYPE_CHECKING` alone."""
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    return [
        statement
        for node in ast.parse(source).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
    ]


def names_for_type_checkers(module: ModuleType) -> dict[str, str]:
    """The names that type checkers alone see a module import, and where they come from."""
    return {
        alias.asname or alias.name: "." * line.level + (line.module or "")
        for line in for_type_checkers(module)
        if isinstance(line, ast.ImportFrom)
        for alias in line.names
    }
