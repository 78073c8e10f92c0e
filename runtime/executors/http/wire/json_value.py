"""What a text in JSON says, for type checkers: `isinstance` tells which of these a value is."""

from __future__ import annotations

from typing import TypeAlias

Json: TypeAlias = "JsonObject | list[Json] | str | int | float | None"
"""A value; a bool is an int."""
JsonObject: TypeAlias = "dict[str, Json]"


def object_of(found: Json) -> JsonObject:
    """The object that a value is; an empty one for anything else."""
    return found if isinstance(found, dict) else {}


def objects_in(found: Json) -> list[JsonObject]:
    """The objects of a list; none for anything else."""
    return [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []
