"""Commands for a running server, and a running server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from hive_resilience.runtime.cli.serve import operating
from hive_resilience.runtime.cli.serve.remote import Place
from hive_resilience.runtime.cli.serve.told import Told

from ...server.site_kit import SMALL, Site, guarded, story

Work = Callable[[Place], int]


async def done(served: Site, work: Work) -> int:
    return await asyncio.to_thread(work, Place(served.url))


def run(folder: Path, *works: Work) -> list[int]:
    """The exit codes of commands, one after the other, on one server."""

    async def tell() -> list[int]:
        async with guarded(folder) as served:
            return [await done(served, work) for work in works]

    return story(tell())


def listing(as_json: bool = False) -> Work:
    return lambda place: operating.list_models(place, as_json=as_json)


def operation(verb: str, model_id: str = SMALL, reason: str = "") -> Work:
    return lambda place: operating.operate(place, model_id, verb, Told(reason), as_json=False)


def refused(work: Work, place: Place, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = work(place)
    told = capsys.readouterr()
    assert told.out == ""
    return code, told.err
