"""Whether labels are those that a route or a silence means."""

from __future__ import annotations

import re
from collections.abc import Mapping


def fits(match: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether every label that is asked for is as it should be; a missing label is empty.

    >>> fits({"model": "gpt-*"}, {"model": "gpt-5", "severity": "error"})
    True
    """
    return all(_is_like(pattern, labels.get(name, "")) for name, pattern in match.items())


def _is_like(pattern: str, value: str) -> bool:
    if "*" not in pattern:
        return pattern == value
    parts = map(re.escape, pattern.split("*"))
    return re.fullmatch(".*".join(parts), value, re.DOTALL) is not None
