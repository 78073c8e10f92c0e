"""Which children start again after a crash, in which order, and which names they may have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TypeVar

from ...config.errors import ConfigurationError

N = TypeVar("N")


class SupervisionStrategy(StrEnum):
    """Which children start again when a child crashes."""

    ONE_FOR_ONE = "one_for_one"
    """The child that crashed."""
    REST_FOR_ONE = "rest_for_one"
    """It, and those that were started after it."""
    ONE_FOR_ALL = "one_for_all"
    """All of them."""


def affected(
    strategy: SupervisionStrategy, children: Sequence[str], crashed: str
) -> tuple[str, ...]:
    """The children that start again when `crashed` did; all are in the order of starting.

    Raises `ValueError` where it is none of the children.

    >>> affected(SupervisionStrategy.REST_FOR_ONE, ("source", "parser", "sink"), "parser")
    ('parser', 'sink')
    """
    position = children.index(crashed)
    if strategy is SupervisionStrategy.ONE_FOR_ONE:
        return (crashed,)
    if strategy is SupervisionStrategy.REST_FOR_ONE:
        return tuple(children[position:])
    return tuple(children)


def stop_order(started: Iterable[N]) -> tuple[N, ...]:
    """The youngest first: no child loses what it was built on."""
    return tuple(reversed(tuple(started)))


def youngest(started: dict[str, N]) -> str:
    """The first of `stop_order`, by name, without looking at the others."""
    return next(reversed(started))


def check_name(name: object) -> None:
    """Raises `ConfigurationError` for a child's name that is no name."""
    if not isinstance(name, str) or not name or name != name.strip() or not name.isprintable():
        raise ConfigurationError(
            f"a child's name is printable text without spaces around it, not {name!r}",
            key="name",
            value=name,
        )


def check_names(names: Iterable[str]) -> None:
    """Raises `ConfigurationError` where two children of one supervisor have the same name."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ConfigurationError(
                f"two children are named {name!r}; the names of one supervisor's children differ",
                key="children",
                value=name,
            )
        seen.add(name)


def strategy_of(name: SupervisionStrategy | str) -> SupervisionStrategy:
    """The strategy of this name. Raises `ConfigurationError` that lists those there are."""
    try:
        return SupervisionStrategy(name)
    except ValueError:
        known = ", ".join(SupervisionStrategy)
        raise ConfigurationError(
            f"there is no supervision strategy {name!r}; there are: {known}",
            key="strategy",
            value=name,
            allowed=known,
        ) from None
