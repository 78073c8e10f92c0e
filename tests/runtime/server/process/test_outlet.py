"""What goes out of a connection, and in how many writes."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from hive_resilience.runtime.server.process.outlet import Outlet


class Wire:
    """A transport that notes each write."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def is_closing(self) -> bool:
        return False


HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


@pytest.fixture
def wire() -> Wire:
    return Wire()


def outlet_on(wire: Wire) -> Outlet:
    return Outlet(cast(asyncio.Transport, wire), lambda: None)


def test_a_head_and_its_body_leave_in_one_write(wire: Wire) -> None:
    async def answer() -> None:
        outlet = outlet_on(wire)
        outlet.write(HEAD)
        outlet.write(b"ok")
        await asyncio.sleep(0)

    asyncio.run(answer())
    assert wire.writes == [HEAD + b"ok"]


def test_a_head_that_nothing_follows_leaves_in_the_same_turn(wire: Wire) -> None:
    async def answer() -> None:
        outlet_on(wire).write(HEAD)
        await asyncio.sleep(0)

    asyncio.run(answer())
    assert wire.writes == [HEAD]


def test_the_parts_of_a_body_are_not_held(wire: Wire) -> None:
    async def answer() -> list[int]:
        outlet, seen = outlet_on(wire), list[int]()
        for part in (HEAD, b"a", b"b"):
            outlet.write(part)
            seen.append(len(wire.writes))
        return seen

    assert asyncio.run(answer()) == [0, 1, 2]


def test_a_held_head_counts_as_written(wire: Wire) -> None:
    async def answer() -> int:
        outlet = outlet_on(wire)
        outlet.write(HEAD)
        return outlet.written

    assert asyncio.run(answer()) == len(HEAD)
