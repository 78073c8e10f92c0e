"""What stands in a public signature is public itself, so that a user can name it."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
import typing
from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass
from types import FunctionType
from typing import Annotated, Literal, TypeVar

import pytest

from hive_resilience import Actor
from hive_resilience.config.values.values import is_list

from .doors import for_type_checkers, public

PUBLIC = public()
MADE_BY_THE_RUNTIME = {
    *("ActorRef", "AlertsHandle", "ChaosHandle", "ClusterHandle", "DegradationHandle"),
    *("ExecutionContext", "ModelHandle"),
    *("Permit", "RecoveryHandle", "ScriptedStream", "Stream", "SupervisorHandle"),
}
"""The runtime hands these out; an application never calls their constructors."""
FOR_THE_RUNTIME = {
    "Actor": {"actor_inbox", "actor_stopped", "engine"},
    "ActorRef": {"address", "call", "engine", "request", "send"},
    "AnthropicClient": {"faults"},
    "CircuitBreaker": {"gate"},
    "ExecutionContext": {"lingering"},
    "Network": {"host", "link", "owners_of"},
    "OpenAIClient": {"faults"},
    "OpenAICompatible": {"faults", "server"},
    "Permit": {"issuer"},
    "Runtime": {"use_telemetry"},
}
"""An application uses what pykka documents of these, and these are not that."""
SPECIAL = {"__init__", "__call__", "__enter__", "__aenter__", "__next__", "__anext__"}


def namespace(module_name: str) -> dict[str, object]:
    """The names of a module, also those that only type checkers see."""
    module = sys.modules[module_name]
    found = dict(vars(module))
    exec(compile(ast.Module(for_type_checkers(module), []), module_name, "exec"), found)
    return found


def evaluated(annotation: object, module_name: str) -> object:
    """The type that an annotation means, as far as it is written as text."""
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    if isinstance(annotation, str):
        (found,) = eval(f"({annotation},)", namespace(module_name))
        return found
    return annotation


def classes_in(hint: object) -> Iterator[type]:
    """Every class in a type, however deep."""
    if isinstance(hint, str | typing.ForwardRef) or typing.get_origin(hint) is Literal:
        return
    if is_list(hint):
        for part in hint:
            yield from classes_in(part)
    elif isinstance(hint, TypeVar):
        yield from classes_in(hint.__bound__)
    elif typing.get_origin(hint) is Annotated:
        yield from classes_in(typing.get_args(hint)[0])
    elif typing.get_args(hint):
        yield from classes_in(typing.get_origin(hint))
        yield from classes_in(typing.get_args(hint))
    elif isinstance(hint, type):
        yield hint


def bases(thing: object) -> list[type]:
    """A class of ours and those above it."""
    above = thing.__mro__ if isinstance(thing, type) else ()
    return [kind for kind in above if kind.__module__.startswith("hive_resilience.")]


def functions_of(kind: type) -> Iterator[FunctionType]:
    """The public methods and properties of a class, and how it is made."""
    members: dict[str, object] = {}
    for base in reversed(bases(kind)):
        members |= vars(base)
    made_otherwise = kind.__name__ in MADE_BY_THE_RUNTIME
    made_otherwise = made_otherwise or is_dataclass(kind) or issubclass(kind, tuple)
    for name, value in members.items():
        if name.startswith("_") and name not in SPECIAL:
            continue
        if name == "__init__" and made_otherwise:
            continue
        found = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        if isinstance(found, FunctionType):
            yield found
            yield from (one for one in typing.get_overloads(found) if isinstance(one, FunctionType))


def set_by(kind: type) -> dict[str, object]:
    """What a class's own constructor annotates: the class itself knows nothing of these."""
    constructor: object = vars(kind).get("__init__")
    if not isinstance(constructor, FunctionType) or is_dataclass(kind):
        return {}
    tree = ast.parse(textwrap.dedent(inspect.getsource(constructor)))
    return {
        node.target.attr: ast.unparse(node.annotation)
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Attribute)
    }


def annotations_of(thing: object) -> Iterator[tuple[str, object, str]]:
    """What stands at which parameter, field or answer of a public thing, and in which module."""
    functions = functions_of(thing) if isinstance(thing, type) else [thing]
    for kind in bases(thing):
        for field, annotation in (inspect.get_annotations(kind) | set_by(kind)).items():
            if not field.startswith("_"):
                yield field, annotation, kind.__module__
    for function in functions:
        assert isinstance(function, FunctionType)
        for parameter, annotation in inspect.get_annotations(function).items():
            yield f"{function.__name__}({parameter})", annotation, function.__module__


def strangers(name: str) -> Iterable[str]:
    """The classes of ours in the signatures of a public name that no door has."""
    known = set(map(id, PUBLIC.values()))
    own = FOR_THE_RUNTIME.get(name, set())
    for where, annotation, module_name in annotations_of(PUBLIC[name]):
        if where.partition("(")[0] in own:
            continue
        for kind in classes_in(evaluated(annotation, module_name)):
            if kind.__module__.startswith("hive_resilience") and id(kind) not in known:
                yield f"{where}: {kind.__module__}.{kind.__name__}"


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_all_in_its_signatures_is_public(name: str) -> None:
    assert sorted(strangers(name)) == []


def test_what_a_constructor_sets_is_looked_at_too() -> None:
    found = set_by(Actor)
    assert (found["actor_inbox"], found["engine"]) == ("Mailbox", "EngineInterface")
