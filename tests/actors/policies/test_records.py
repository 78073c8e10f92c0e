"""`new` checks nothing, so this counts the fields of every record that it makes anywhere."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from hive_resilience.actors.policies.records import new
from hive_resilience.actors.policies.unavailability import Unavailable, UnavailableReason

ROOT = Path(__file__).parents[3]
HOME = "actors/policies/records.py"
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("actors", "config", "runtime")
    for path in (ROOT / folder).rglob("*.py")
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Uncountable(Exception):
    """The fields do not stand there as one tuple."""


def makings(source: str) -> Iterator[tuple[ast.Call, ast.AST]]:
    """Every `new(...)` in a file, with the function around it or the module."""
    tree = ast.parse(source)
    homes: list[ast.AST] = [node for node in ast.walk(tree) if isinstance(node, Function)]
    for home in [*homes, tree]:
        for node in nodes_of(home):
            if isinstance(node, ast.Call) and name_of(node.func) == "new":
                yield node, home


def nodes_of(home: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function itself, and not in one within it."""
    for child in ast.iter_child_nodes(home):
        if not isinstance(child, Function):
            yield child
            yield from nodes_of(child)


def name_of(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else None


def fields_given(call: ast.Call, home: ast.AST) -> int:
    """How many fields a `new(...)` gives, also where their tuple has a name."""
    _, fields = call.args
    name = name_of(fields)
    counts = {count(given) for given in ([fields] if name is None else values_of(name, home))}
    if len(counts) != 1 or None in counts:
        raise Uncountable(ast.unparse(call))
    return next(found for found in counts if found is not None)


def count(given: ast.expr) -> int | None:
    """The elements of a tuple; None where they cannot be counted."""
    if not isinstance(given, ast.Tuple):
        return None
    return None if any(isinstance(e, ast.Starred) for e in given.elts) else len(given.elts)


def values_of(name: str, home: ast.AST) -> list[ast.expr]:
    """What is given to a variable anywhere in a function."""
    return [
        node.value
        for node in nodes_of(home)
        if isinstance(node, ast.Assign) and name in map(name_of, node.targets)
    ]


def incomplete_in(source: str, module: object) -> list[str]:
    found: list[str] = []
    for call, home in makings(source):
        kind = getattr(module, ast.unparse(call.args[0]))
        given, wanted = fields_given(call, home), len(kind._fields)
        if given != wanted:
            found.append(f"line {call.lineno}: {kind.__name__} has {wanted} fields, not {given}")
    return found


def module_of(path: str) -> object:
    return importlib.import_module("hive_resilience." + path.removesuffix(".py").replace("/", "."))


@pytest.mark.parametrize("path", [p for p in SOURCES if "new(" in (ROOT / p).read_text("utf-8")])
def test_every_record_that_is_made_without_its_constructor_has_all_its_fields(path: str) -> None:
    source = (ROOT / path).read_text("utf-8")

    assert not incomplete_in(source, module_of(path))


def test_the_search_finds_those_that_there_are() -> None:
    files = {path for path in SOURCES if any(makings((ROOT / path).read_text("utf-8")))}

    assert {"actors/execution/execute.py", "actors/policies/breaker/breaker.py"} <= files


def test_the_constructor_is_passed_by_in_one_place_only() -> None:
    assert [p for p in SOURCES if "tuple.__new__" in (ROOT / p).read_text("utf-8")] == [HOME]


@pytest.mark.parametrize(
    "body",
    [
        "return new(Unavailable, (reason, until))",
        "fields = (reason, until)\n    return new(Unavailable, fields)",
        "return new(Unavailable, (reason, until, state, error))",
    ],
)
def test_a_field_too_few_or_too_many_is_found(body: str) -> None:
    source = f"def made(reason, until, state):\n    {body}\n"

    assert len(incomplete_in(source, module_of("actors/policies/unavailability.py"))) == 1


@pytest.mark.parametrize(
    "body",
    [
        "return new(Unavailable, fields)",
        "return new(Unavailable, (reason, *others))",
        "fields = others\n    return new(Unavailable, fields)",
        "fields = (1, 2, 3)\n    fields = (1, 2)\n    return new(Unavailable, fields)",
    ],
)
def test_what_cannot_be_counted_is_refused(body: str) -> None:
    source = f"def made(reason, others):\n    {body}\n"

    with pytest.raises(Uncountable):
        incomplete_in(source, module_of("actors/policies/unavailability.py"))


def test_a_record_made_so_is_the_one_that_its_constructor_makes() -> None:
    made = Unavailable(UnavailableReason.PARKED, 3.0, "closed")

    assert repr(new(Unavailable, tuple(made))) == repr(made)
