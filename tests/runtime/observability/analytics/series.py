"""Made-up series, each from a seed."""

from __future__ import annotations

from random import Random


def alike(seed: int, points: int, likeness: float, *, level: float = 10.0) -> list[float]:
    """Noise round a level, in which a value resembles the one before it (AR(1))."""
    chance = Random(seed)
    value, found = 0.0, list[float]()
    for step in range(points + 50):
        value = likeness * value + chance.gauss(0, 1)
        if step >= 50:
            found.append(level + value)
    return found
