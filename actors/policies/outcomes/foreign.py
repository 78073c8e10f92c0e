"""What is in objects of other people's classes, of which nothing is known before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast


def as_mapping(found: object) -> Mapping[object, object] | None:
    """The same; None: it is no mapping."""
    # Most are dictionaries, and asking an abstract class costs as much as all the rest.
    is_one = type(found) is dict or isinstance(found, Mapping)  # pyright: ignore[reportUnknownVariableType]
    return cast("Mapping[object, object]", found) if is_one else None


def as_sequence(found: object) -> Sequence[object] | None:
    """The same; None: it is neither a list nor a tuple."""
    return cast("Sequence[object]", found) if isinstance(found, list | tuple) else None


def members_of(error: BaseException) -> Sequence[BaseException] | None:
    """The errors in a group; None: it is none."""
    if not isinstance(error, BaseExceptionGroup):
        return None
    return cast("BaseExceptionGroup[BaseException]", error).exceptions
