"""A worker that another program has started: how it joins the others, and when it ends."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace

import pytest

from hive_resilience.errors import ConfigurationError
from hive_resilience.runtime.cluster.framed_process import (
    environment,
    use_for_links,
    use_no_more,
)
from hive_resilience.runtime.server.workers import seat
from hive_resilience.runtime.server.workers.local_ray import LocalRayError
from hive_resilience.runtime.server.workers.meeting import Meeting
from hive_resilience.runtime.server.workers.returning import Found, Returning
from hive_resilience.runtime.server.workers.seat import a_seat

from .workers_kit import on_a_loop


def installed(_name: str) -> bool:
    return True


RAY = Found("127.0.0.1:5", {"RAY_AUTH_TOKEN_PATH": "/hive/token"})


@pytest.fixture
def meeting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Meeting:
    """Where workers meet that find a desk at once."""
    found = Meeting(tmp_path / "hive", None)

    async def nothing(_: Returning) -> None:
        pass

    def of(*_: object) -> Meeting:
        return found

    monkeypatch.setattr(Meeting, "of", of)
    monkeypatch.setattr(Returning, "join", nothing)
    return found


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Generator[int]:
    """A process that has spawned this one; it is gone once the descriptor is closed."""
    sentinel, alive = os.pipe()
    parent = SimpleNamespace(sentinel=sentinel)
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: parent)
    yield alive
    os.close(sentinel)


@on_a_loop
async def test_workers_have_numbers_of_their_own_and_give_them_back(meeting: Meeting) -> None:
    async with a_seat("shop", wants_ray=False) as one, a_seat("shop", wants_ray=False) as other:
        assert (one.place.number, other.place.number) == (1, 2)
        assert other.siblings.number == 2
        assert one.place.cluster is None
    async with a_seat("shop", wants_ray=False) as later:
        assert later.place.number == 1


@on_a_loop
async def test_a_worker_begins_again_where_the_desk_has_ended_with_its_folder(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [False, True]

    def is_mine(*_: object) -> bool:
        return answers.pop(0)

    monkeypatch.setattr(Meeting, "is_mine", is_mine)

    async with a_seat("shop", wants_ray=False) as found:
        assert found.place.number == 1
        assert not answers


@on_a_loop
async def test_a_worker_that_never_meets_others_does_not_start(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_mine(*_: object) -> bool:
        return False

    monkeypatch.setattr(Meeting, "is_mine", is_mine)

    with pytest.raises(OSError, match="do not meet"):
        async with a_seat("shop", wants_ray=False):
            pass


@on_a_loop
async def test_a_worker_ends_with_the_process_that_has_spawned_it(
    meeting: Meeting, manager: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[object] = []

    def kill(*told: object) -> None:
        ended.append(told)

    monkeypatch.setattr(os, "kill", kill)
    async with a_seat("shop", wants_ray=False):
        await asyncio.sleep(0.01)
        assert ended == []

        os.close(manager)

        async with asyncio.timeout(5):
            while not ended:
                await asyncio.sleep(0)


@on_a_loop
async def test_links_of_a_worker_join_the_ray_of_the_machine_while_it_serves(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cluster(_: Returning) -> Found:
        return RAY

    monkeypatch.setattr(seat, "find_spec", installed)
    monkeypatch.setattr(Returning, "cluster", cluster)
    before = dict(os.environ)

    async with a_seat("shop", wants_ray=True) as found:
        assert found.place.cluster == RAY.address
        assert environment({})["RAY_AUTH_TOKEN_PATH"] == "/hive/token"

    assert "RAY_AUTH_TOKEN_PATH" not in environment({})
    assert dict(os.environ) == before


@on_a_loop
async def test_a_worker_whose_ray_does_not_start_leaves_its_number(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cluster(_: Returning) -> Found:
        raise LocalRayError("there is no memory")

    monkeypatch.setattr(seat, "find_spec", installed)
    monkeypatch.setattr(Returning, "cluster", cluster)

    with pytest.raises(LocalRayError):
        async with a_seat("shop", wants_ray=True):
            pass

    number, lock = meeting.number()
    assert number == 1
    os.close(lock)


def test_a_process_has_one_ray_of_the_machine() -> None:
    use_for_links(*RAY)
    try:
        use_for_links(RAY.address, {"RAY_AUTH_TOKEN_PATH": "/later/token"})
        assert environment({})["RAY_AUTH_TOKEN_PATH"] == "/later/token"
        with pytest.raises(ConfigurationError):
            use_for_links("127.0.0.1:6", {})
    finally:
        use_no_more(RAY.address)
