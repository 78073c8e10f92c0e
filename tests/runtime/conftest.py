"""What the tests on Ray share: one cluster, and a look at what they have left behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

import pytest

from .cluster.processes import adopt_orphans, descendants, eventually, title_of
from .cluster.ray_kit import Cluster, a_cluster


@pytest.fixture(scope="session")
def nothing_left() -> Iterator[None]:
    """All processes that the tests on Ray have started are gone in the end, and so their ports."""
    before = descendants(os.getpid())
    adopt_orphans()
    yield

    def left() -> list[str]:
        return [title_of(pid) for pid in descendants(os.getpid()) - before]

    with suppress(AssertionError):
        eventually(lambda: not left(), limit=10.0)
    assert left() == []


@pytest.fixture(scope="session")
def cluster(nothing_left: None) -> Iterator[Cluster]:
    """A cluster with one node."""
    with a_cluster() as cluster:
        yield cluster
