"""Settings that accept more than they give: "30s" is written, and 30.0 seconds are read.

Type checkers see a descriptor in the place of such a setting, so that they know both types. At run
time the annotation is the type to read, and pydantic makes it of what is written.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeAlias, TypeVar

Read_co = TypeVar("Read_co", covariant=True)
Written_contra = TypeVar("Written_contra", contravariant=True)
N = TypeVar("N", bound=StrEnum)
T = TypeVar("T")

if TYPE_CHECKING:

    class Accepts(Generic[Read_co, Written_contra]):
        """The type that a setting is read as, and the type that it may be written as."""

        def __get__(self, settings: object, kind: type | None = None, /) -> Read_co: ...

        def __set__(self, settings: object, value: Written_contra, /) -> None: ...

    Named: TypeAlias = Accepts[N, N | str]
    NamedOrNone: TypeAlias = Accepts[N | None, N | str | None]
    Many: TypeAlias = Accepts[tuple[T, ...], list[T] | tuple[T, ...]]
else:

    class Accepts:
        """The type that a setting is read as, and the type that it may be written as."""

        def __class_getitem__(cls, both: tuple[object, object]) -> object:
            return both[0]

    Named = Annotated[N, "by its name"]
    """One of a few words, or its text."""
    NamedOrNone = Named[N] | None
    """As `Named`, or nothing."""
    Many = tuple[T, ...]
    """Any number, in their order."""


def default(value: object) -> Any:
    """The default of a setting that accepts more than it gives: the value itself."""
    return value
