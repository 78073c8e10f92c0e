from __future__ import annotations

from collections.abc import Iterator

import pytest

from .platforms import Loop, LoopThread, Platform, Threads


@pytest.fixture(params=[Threads, Loop], ids=["pykka", "engine"])
def platform(request: pytest.FixtureRequest) -> Iterator[Platform]:
    """The same test on pykka's threads and on the engine: the first proves the test itself."""
    here: Platform = request.param()
    yield here
    here.close()


@pytest.fixture
def home() -> Iterator[LoopThread]:
    """An engine on a loop thread, for what pykka's threads cannot do or do wrong."""
    here = LoopThread()
    yield here
    here.close()
