from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from hive_resilience.runtime.cli.run import source as module
from hive_resilience.runtime.cli.run.source import READ_AHEAD, Left, Line, Source

from ..command_kit import story


async def lines_of(source: Source) -> list[Line]:
    source.start()
    found: list[Line] = []
    while (line := await source.next()) is not None:
        found.append(line)
    return found


def file_of(folder: Path, content: bytes) -> BinaryIO:
    path = folder / "tasks"
    path.write_bytes(content)
    return path.open("rb")


def read(stream: BinaryIO) -> list[Line]:
    async def work() -> list[Line]:
        return await lines_of(Source(stream))

    with stream:
        return story(work())


def test_blank_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    found = read(file_of(tmp_path, b"a\n\n  \nb"))

    assert found == [Line(0, 1, b"a\n", 2), Line(1, 4, b"b", 1)]


def test_a_line_that_is_too_long_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_LINE_BYTES", 4)

    found = read(file_of(tmp_path, b"a\n123456789\nb\n"))

    assert [(line.number, line.text) for line in found] == [(1, b"a\n"), (2, None), (3, b"b\n")]


class Endless(io.BytesIO):
    """Lines without end, from what seems to be a pipe; it knows how many were read."""

    def __init__(self, pipe: int) -> None:
        super().__init__()
        self._pipe = pipe
        self.given = 0
        self.farthest_ahead = 0
        self._read = 0

    def fileno(self) -> int:
        return self._pipe

    def readline(self, size: int | None = -1, /) -> bytes:
        self._read += 1
        self.farthest_ahead = max(self.farthest_ahead, self._read - self.given)
        return b"x\n"


@pytest.fixture
def endless() -> Iterator[Endless]:
    read_end, write_end = os.pipe()
    yield Endless(read_end)
    os.close(read_end)
    os.close(write_end)


def test_input_without_end_is_read_only_a_little_ahead(endless: Endless) -> None:
    async def work() -> None:
        source = Source(endless)
        source.start()
        for _ in range(10 * READ_AHEAD):
            endless.given += 1
            await source.next()
        source.stop()

    story(work())

    assert endless.farthest_ahead <= READ_AHEAD + 2


def test_after_a_stop_a_file_is_counted_to_its_end(tmp_path: Path) -> None:
    async def work(stream: BinaryIO) -> tuple[Line | None, Left, Line | None]:
        source = Source(stream)
        source.start()
        first = await source.next()
        source.stop()
        return first, await source.left(), await source.next()

    with file_of(tmp_path, b"x\n" * 1000) as stream:
        first, left, after = story(work(stream))

    assert first is not None
    assert (left, after) == (Left(999, 2, True), None)


def test_a_read_error_ends_the_input_and_is_kept(endless: Endless) -> None:
    def broken(size: int | None = -1, /) -> bytes:
        raise OSError(5, "Input/output error")

    endless.readline = broken  # type: ignore[method-assign]  # the pipe breaks

    async def work() -> tuple[list[Line], OSError | None]:
        source = Source(endless)
        return await lines_of(source), source.error

    found, error = story(work())

    assert (found, str(error)) == ([], "[Errno 5] Input/output error")
