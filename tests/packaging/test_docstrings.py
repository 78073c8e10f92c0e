"""The examples in docstrings run, and print what they say."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

import hive_resilience

PREFIX = "hive_resilience."
NAMES = [found.name for found in pkgutil.walk_packages(hive_resilience.__path__, PREFIX)]


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("__main__")])
def test_examples_in_docstrings_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    assert len(NAMES) > 100
    assert ">>> " in str(inspect.getdoc(hive_resilience.Task))
