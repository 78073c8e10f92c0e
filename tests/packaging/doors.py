"""The public doors: the package itself and its rooms."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from types import ModuleType

ROOMS = ("config", "errors", "events", "policies", "snapshots", "testing")
LAZY = ("hive_resilience", "hive_resilience.config")
DOORS = ("hive_resilience", *(f"hive_resilience.{room}" for room in ROOMS))
NAMES = [(door, name) for door in DOORS for name in import_module(door).__all__]
"""Every public name with the door where it stands; a few stand at two."""


def public() -> dict[str, object]:
    """Every public object by its name."""
    return {name: getattr(import_module(door), name) for door, name in NAMES}


def names_for_type_checkers(module: ModuleType) -> dict[str, str]:
    """What a module gives away under `TYPE_CHECKING` alone: each name, and where it comes from."""
    found: dict[str, str] = {}
    for node in ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for line in node.body:
                assert isinstance(line, ast.ImportFrom)
                place = "." * line.level + (line.module or "")
                found |= {alias.asname or alias.name: place for alias in line.names}
    return {name: place for name, place in found.items() if not name.startswith("_")}
