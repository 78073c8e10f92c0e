"""A bug to plant, for the simulation to find."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

Patch = pytest.MonkeyPatch


class Bug(NamedTuple):
    """How to plant it, a word of what the simulation says when it finds it, and a seed that does.

    Another seed may have to do it once the runtime has changed; the known one is only tried first.
    """

    plant: Callable[[Patch], None]
    told: str
    known_by: int


def always(value: object) -> Callable[..., Any]:
    """In place of a function that should find something out."""

    def answer(*_: object, **__: object) -> object:
        return value

    return answer


def skip(*_: object) -> None:
    """In place of a method that should do something."""
