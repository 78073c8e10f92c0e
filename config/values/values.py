"""Numbers and switches as a user writes them: a number is no text, and a switch is no number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeGuard, get_args, get_origin

from pydantic import AfterValidator, BeforeValidator
from pydantic.fields import FieldInfo


def a_number(value: Any) -> Any:
    """The value as it is; raises `ValueError` for what pydantic would take for a number too."""
    if isinstance(value, bool | str):
        raise ValueError("should be a number")
    return value


def a_switch(value: Any) -> Any:
    """The value as it is; raises `ValueError` for what pydantic would take for a switch too."""
    if not isinstance(value, bool):
        raise ValueError("should be true or false")
    return value


NUMBER = BeforeValidator(a_number)
"""In the annotation of a setting that is a number, behind its range."""

SWITCH = BeforeValidator(a_switch)
"""In the annotation of a setting that is true or false."""


def is_mapping(value: object) -> TypeGuard[Mapping[object, object]]:
    """Whether a value that is not checked yet has keys."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[list[object] | tuple[object, ...]]:
    """Whether a value that is not checked yet is a list, as files and Python write it."""
    return isinstance(value, list | tuple)


def reads_with(info: FieldInfo, function: Callable[..., Any]) -> bool:
    """Whether `function` is one of those that look at the values of a setting."""
    return _among(info.metadata, function) or _inside(info.annotation, function)


def takes_any_names(info: FieldInfo) -> bool:
    """Whether a setting has names and values of the user's own choice."""
    return _is_mapping(info.annotation)


def _is_mapping(annotation: object) -> bool:
    return get_origin(annotation) is Mapping or any(map(_is_mapping, get_args(annotation)))


def _inside(annotation: object, function: Callable[..., Any]) -> bool:
    told = getattr(annotation, "__metadata__", ())
    inner = get_args(annotation)
    return _among(told, function) or any(_inside(one, function) for one in inner)


def _among(told: Iterable[object], function: Callable[..., Any]) -> bool:
    return any(
        isinstance(one, BeforeValidator | AfterValidator) and one.func is function for one in told
    )
