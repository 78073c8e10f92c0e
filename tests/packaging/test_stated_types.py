"""What others can see states its type, so that no checker has to guess it.

`make release` asks pyright about every name; this is what changes break, and costs a second.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("actors", "config", "runtime")


def is_public(name: str) -> bool:
    return not name.startswith("_")


def guessed_attributes(kind: ast.ClassDef) -> Iterator[str]:
    """Attributes that `__init__` sets from something else than a constant, without their type."""
    nodes = list(ast.walk(kind))
    stated = {ast.unparse(each.target) for each in nodes if isinstance(each, ast.AnnAssign)}
    makers = (each for each in kind.body if getattr(each, "name", "") == "__init__")
    for each in (each for maker in makers for each in ast.walk(maker)):
        if not isinstance(each, ast.Assign) or isinstance(each.value, ast.Constant):
            continue
        targets = (part for target in each.targets for part in ast.walk(target))
        for target in map(ast.unparse, (t for t in targets if isinstance(t, ast.Attribute))):
            owner, _, name = target.rpartition(".")
            if owner == "self" and is_public(name) and not {target, name} & stated:
                yield f"{kind.name}.{name}"


def guessed_names(module: ast.Module) -> Iterator[str]:
    """Variables of a module that a call gives, without their type."""
    for each in module.body:
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Call):
            names = (ast.unparse(target) for target in each.targets)
            yield from (name for name in names if is_public(name) and name.islower())


def guessed(module: ast.Module) -> Iterator[str]:
    yield from guessed_names(module)
    for kind in ast.walk(module):
        if isinstance(kind, ast.ClassDef) and is_public(kind.name):
            yield from guessed_attributes(kind)


def test_public_attributes_and_variables_state_their_types() -> None:
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in files
        for name in guessed(ast.parse(path.read_text("utf-8")))
    ]

    assert len(files) > 500
    assert found == []
