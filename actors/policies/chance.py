"""Chance, in the one form in which policies take it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Draw: TypeAlias = Callable[[], float]
"""Each call gives a number in [0, 1): `random.random` is one, `lambda: 0.5` another."""
