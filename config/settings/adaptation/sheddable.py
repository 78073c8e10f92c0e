"""Which tasks may be refused so that others are served."""

from __future__ import annotations

from enum import StrEnum


class Sheddable(StrEnum):
    """A priority that may be shed; critical tasks never are."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
