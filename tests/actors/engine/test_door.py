"""Only the engine looks into an address: all other code hands it on, or asks the reference."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
ENGINE = ROOT / "actors" / "engine"
OPAQUE = {"address", "actor_inbox"}


def looks_inside(source: str) -> Iterator[str]:
    """Each attribute of an address that `source` asks for."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Attribute(attr=address)) if address in OPAQUE:
                yield f"{address}.{node.attr} in line {node.lineno}"
            case _:
                pass


def sources() -> Iterator[Path]:
    for folder in ("actors", "runtime"):
        for path in (ROOT / folder).rglob("*.py"):
            if ENGINE not in path.parents:
                yield path


def test_a_look_into_an_address_is_found() -> None:
    assert list(looks_inside("ask(ref.address, message)")) == []
    assert list(looks_inside("ref.address.life")) == ["address.life in line 1"]


def test_no_code_outside_of_the_engine_looks_into_an_address() -> None:
    found = {str(path): list(looks_inside(path.read_text())) for path in sources()}

    assert len(found) > 100
    assert {path: lines for path, lines in found.items() if lines} == {}
