"""No fault of an upstream is silent: each client raises, or has all of the answer."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from ...executors.faulty_server import Request
from ..door_kit import Reply, front_door
from .faults_kit import FAMILIES, STREAMS, Fault, fault_of
from .needs import AT, is_long, package
from .readers_kit import WHOLE, Content
from .run_faults import Verdict, every_cut, fault_in, run, seeded


def silent(verdicts: Iterable[Verdict]) -> list[Verdict]:
    return [one for one in verdicts if one.said == "silent"]


@pytest.mark.parametrize("family", FAMILIES)
def test_no_client_takes_a_fault_for_an_answer(family: str) -> None:
    harmless = fault_of(family, 0, "passed over")
    found = run(family, [*seeded(family, range(20), stalls=1), harmless])

    assert silent(found) == []
    assert {one.said for one in found} == {"raised", "whole"}


@is_long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("family", FAMILIES)
def test_no_client_takes_any_of_a_thousand_faults_for_an_answer(family: str) -> None:
    assert silent(run(family, seeded(family, range(1000), stalls=20))) == []


@is_long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("family", FAMILIES)
def test_no_client_takes_a_cut_at_any_byte_for_an_answer(family: str) -> None:
    assert silent(run(family, every_cut(family))) == []


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("family", FAMILIES)
def test_no_client_of_npm_takes_a_fault_for_an_answer(family: str) -> None:
    package("openai")
    faults = seeded(family, range(1000), stalls=20)

    async def answer(reply: Reply, request: Request) -> None:
        await fault_in(request, faults).answer(reply, request)

    stream = {"first_chunk": 0.5, "idle": 0.5}
    with front_door(answer, stream=stream, timeout=5.0) as door:
        script = __file__.replace("test_faults.py", "clients.mjs")
        told = subprocess.run(
            ["node", script, "faults", AT, door.url, family, str(len(faults))],
            capture_output=True,
            check=True,
            text=True,
            timeout=1100,
        )
    found = [json.loads(line) for line in told.stdout.splitlines()]

    assert len(found) == len(faults)
    assert [one for one in found if "found" in one and not _is_whole(one, family, faults)] == []


def _is_whole(one: dict[str, Any], family: str, faults: Sequence[Fault]) -> bool:
    number: int = one["number"]
    events = faults[number].events
    return Content(*one["found"]) == WHOLE[family][STREAMS[family].index(events)]
