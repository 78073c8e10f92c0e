from __future__ import annotations

import asyncio
import io

from hive_resilience.runtime.cli.run.sink import Sink, write_all

from ..command_kit import story


class Raw(io.RawIOBase):
    """Takes one byte at a time."""

    def __init__(self) -> None:
        self.taken = b""

    def writable(self) -> bool:
        return True

    def write(self, content: object, /) -> int:
        self.taken += bytes(memoryview(content)[:1])  # type: ignore[arg-type]  # a buffer
        return 1


class UnavailableReason(Raw):
    def write(self, content: object, /) -> int:
        raise BrokenPipeError


def test_all_is_written_where_little_is_taken_at_a_time() -> None:
    raw = Raw()

    write_all(raw, b"whole\n")

    assert raw.taken == b"whole\n"


def test_in_order_a_result_waits_for_those_before_it() -> None:
    raw = Raw()

    async def work() -> None:
        sink = Sink(raw, ordered=True, window=9, on_error=lambda: None)
        sink.start()
        for order in (2, 0, 1):
            sink.put(order, b"%d\n" % order)
        await sink.close()

    story(work())

    assert raw.taken == b"0\n1\n2\n"


def test_what_waits_for_a_result_that_never_comes_is_written_at_the_end() -> None:
    raw = Raw()

    async def work() -> None:
        sink = Sink(raw, ordered=True, window=9, on_error=lambda: None)
        sink.start()
        for order in (3, 1):
            sink.put(order, b"%d\n" % order)
        await sink.close()

    story(work())

    assert raw.taken == b"1\n3\n"


def test_results_that_wait_for_an_earlier_one_keep_their_places() -> None:
    async def work() -> tuple[bool, bool]:
        sink = Sink(Raw(), ordered=True, window=2, on_error=lambda: None)
        sink.start()
        await sink.room()
        await sink.room()
        third = asyncio.create_task(sink.room())
        sink.put(1, b"1\n")
        await asyncio.wait({third}, timeout=0)
        held = third.done()
        sink.put(0, b"0\n")
        await third
        await sink.close()
        return held, third.done()

    assert story(work()) == (False, True)


def test_where_nobody_reads_places_come_back_and_the_error_is_told() -> None:
    async def work() -> OSError | None:
        told = asyncio.Event()
        sink = Sink(UnavailableReason(), ordered=False, window=1, on_error=told.set)
        sink.start()
        for order in range(3):
            await sink.room()
            sink.put(order, b"x\n")
        await told.wait()
        await sink.close()
        return sink.error

    assert isinstance(story(work()), BrokenPipeError)
