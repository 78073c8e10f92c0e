"""The link of an application that is on Ray itself, with something in the place of Ray."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from hive_resilience.actors.cluster.link import LinkLostError
from hive_resilience.runtime.cluster import inside_link
from hive_resilience.runtime.cluster.inside_link import InsideLink
from hive_resilience.runtime.cluster.place import Place


class RayError(Exception):
    pass


class ActorDiedError(RayError):
    pass


class Owners:
    """Handles, one a life; each answers with its number, or has died."""

    def __init__(self) -> None:
        self.made = 0
        self.dead = set[int]()

    def find(self, _place: Place) -> Any:
        self.made += 1
        return SimpleNamespace(call=SimpleNamespace(remote=self._caller(self.made)))

    def _caller(self, number: int) -> Callable[[str, bytes], Any]:
        def remote(_verb: str, _message: bytes) -> Any:
            future = concurrent.futures.Future[bytes]()
            if number in self.dead:
                future.set_exception(ActorDiedError("gone for good"))
            else:
                future.set_result(b"%d" % number)
            return SimpleNamespace(future=lambda: future)

        return remote


@pytest.fixture
def owners(monkeypatch: pytest.MonkeyPatch) -> Owners:
    owners = Owners()
    errors = SimpleNamespace(RayError=RayError, ActorDiedError=ActorDiedError)
    ray = SimpleNamespace(is_initialized=lambda: True, exceptions=errors)
    monkeypatch.setattr(inside_link, "ray_module", lambda: ray)
    monkeypatch.setattr(inside_link, "owner_of", owners.find)
    return owners


def test_many_calls_look_for_the_owner_once(owners: Owners) -> None:
    async def work() -> list[bytes]:
        link = InsideLink(Place("10.0.0.5:6379", "prod"))
        return await asyncio.gather(*(link.call("exchange", b"", 30.0) for _ in range(3)))

    assert asyncio.run(work()) == [b"1"] * 3
    assert owners.made == 1


def test_an_owner_that_has_died_for_good_is_made_again_after_a_pause(
    owners: Owners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside_link, "BETWEEN_OWNERS", 0.05)
    owners.dead.add(1)

    async def work() -> bytes:
        link = InsideLink(Place("10.0.0.5:6379", "prod"))
        with pytest.raises(LinkLostError, match="gone for good"):
            await link.call("exchange", b"", 30.0)
        with pytest.raises(LinkLostError, match="has just died"):
            await link.call("exchange", b"", 30.0)
        await asyncio.sleep(0.06)
        return await link.call("exchange", b"", 30.0)

    assert asyncio.run(work()) == b"2"
    assert owners.made == 2


def test_a_process_that_is_not_on_ray_joins_no_cluster_by_chance(
    owners: Owners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside_link, "ray_module", lambda: SimpleNamespace(is_initialized=bool))

    async def work() -> None:
        with pytest.raises(LinkLostError, match="not on Ray"):
            await InsideLink(Place("10.0.0.5:6379", "prod")).call("exchange", b"", 30.0)

    asyncio.run(work())
    assert owners.made == 0
