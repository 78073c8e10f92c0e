"""Named tuples without their constructor, for the few that every task makes."""

from __future__ import annotations

from typing import Protocol, TypeVar, cast

R = TypeVar("R", bound=tuple[object, ...])


class New(Protocol):
    """What `new` is: a class and all its fields in, a record out."""

    def __call__(self, kind: type[R], fields: tuple[object, ...], /) -> R: ...


new: New = cast(New, tuple.__new__)  # pyright: ignore[reportUnknownMemberType]  # of any elements
"""`new(Dispatch, (task, ...))`: a named tuple in half the time that its constructor takes.

Nothing is checked and no default filled in: `fields` are all of them, in their order. A test counts
them at each place.
"""
