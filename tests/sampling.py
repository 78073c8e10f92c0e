"""Cases of which `make test` takes a sample, and `make test-conformance` all others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest


def sampled(cases: Sequence[Any], every: int) -> list[Any]:
    """The parameters of a test: each that is not an `every`th has the marker `conformance`."""
    return [case if at % every == 0 else heavy(case) for at, case in enumerate(cases)]


def heavy(case: Any) -> Any:
    """A case, a value or what `pytest.param` has made, for `make test-conformance` alone."""
    if hasattr(case, "marks"):
        return case._replace(marks=[*case.marks, pytest.mark.conformance])
    return pytest.param(case, marks=pytest.mark.conformance)
