"""What stands in other people's requests and answers, for type checkers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Foreign: TypeAlias = "Mapping[str, Any] | list[Foreign] | str | int | float | None"
"""A value of which `isinstance` tells more; a bool is an int."""
