from __future__ import annotations

from collections.abc import Iterator

import pykka
import pytest

from hive_resilience.actors.engine import death_watch
from hive_resilience.actors.engine.future import LoopFuture

from .futures_kit import New
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


@pytest.fixture(params=[pykka.ThreadingFuture, LoopFuture], ids=["pykka", "engine"])
def new(request: pytest.FixtureRequest) -> New:
    """Makes a future of either platform."""
    kind: New = request.param
    return kind


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Crashes are meant where this is used; their tracebacks only cost time."""
    monkeypatch.setattr(death_watch.log, "disabled", True)
