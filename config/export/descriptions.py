"""What a setting means, from the text below it in its class."""

from __future__ import annotations

import ast
import inspect
import textwrap
from itertools import pairwise

from ..base import Settings


def description_of(kind: type[Settings]) -> str:
    """The first line of a group's docstring."""
    return (inspect.getdoc(kind) or "").partition("\n")[0]


def descriptions_of(kind: type[Settings]) -> dict[str, str]:
    """The text below each setting that has one; nothing where there is no source to read."""
    try:
        source = textwrap.dedent(inspect.getsource(kind))
    except OSError:
        return {}
    body = ast.parse(source).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for field, text in pairwise(body.body):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(told))),
            ):
                found[name.rstrip("_")] = " ".join(told.split())
            case _:
                continue
    return found
