"""Runs faults through a server, with every client, and counts what the clients were told.

By hand: `python -m tests.runtime.server.conformance.run_faults --seeds 1000`.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from ...executors.faulty_server import Request
from ..door_kit import Reply, front_door
from .faults_kit import FAMILIES, STREAMS, Fault, cut_at, fault_of
from .readers_kit import ASYNC_READERS, READERS, WHOLE, Clients, Content

_NUMBER = re.compile(rb"fault-(\d+)-")
_TOGETHER = 8


class Verdict(NamedTuple):
    """What one client was told of one fault."""

    fault: Fault
    reader: str
    said: str
    """`raised` an error; `whole`: all was there; `silent`: neither."""
    detail: str


def run(family: str, faults: Sequence[Fault]) -> list[Verdict]:
    """The verdict of every client of a family on every fault."""

    async def answer(reply: Reply, request: Request) -> None:
        await fault_in(request, faults).answer(reply, request)

    stream = {"first_chunk": 0.5, "idle": 0.5}
    with front_door(answer, stream=stream, timeout=5.0, bulkhead={"max_concurrent": 64}) as door:
        clients = Clients(door.url)
        with ThreadPoolExecutor(_TOGETHER) as threads:
            blocking = [
                threads.submit(_blocking, family, clients, number, fault)
                for number, fault in enumerate(faults)
            ]
            found = [one.result() for one in blocking]
        clients.close()
        found += asyncio.run(_all_async(family, clients, faults))
    return found


def fault_in(request: Request, faults: Sequence[Fault]) -> Fault:
    """The fault that a request asks for by its number."""
    found = _NUMBER.search(request.body)
    assert found is not None
    return faults[int(found[1])]


def _blocking(family: str, clients: Clients, number: int, fault: Fault) -> Verdict:
    reader = READERS[family]
    try:
        content = reader(clients, f"fault-{number}-")
    except Exception as error:
        return Verdict(fault, reader.__name__, "raised", repr(error))
    return _judged(family, fault, reader.__name__, content)


async def _all_async(family: str, clients: Clients, faults: Sequence[Fault]) -> list[Verdict]:
    places = asyncio.Semaphore(_TOGETHER)

    async def one(number: int, fault: Fault, which: int) -> Verdict:
        reader = ASYNC_READERS[family][which]
        async with places:
            try:
                content = await reader(clients, f"fault-{number}-")
            except Exception as error:
                return Verdict(fault, reader.__name__, "raised", repr(error))
        return _judged(family, fault, reader.__name__, content)

    try:
        return await asyncio.gather(
            *(
                one(number, fault, which)
                for number, fault in enumerate(faults)
                for which in range(len(ASYNC_READERS[family]))
            )
        )
    finally:
        await clients.aclose()


def _judged(family: str, fault: Fault, reader: str, content: Content) -> Verdict:
    whole = WHOLE[family][STREAMS[family].index(fault.events)]
    return Verdict(fault, reader, "whole" if content == whole else "silent", repr(content))


def seeded(family: str, seeds: range, stalls: int) -> list[Fault]:
    """The faults of some seeds, and a few in which nothing more comes."""
    faults = [fault_of(family, seed) for seed in seeds]
    return faults + [fault_of(family, seed, "stall") for seed in range(stalls)]


def every_cut(family: str) -> list[Fault]:
    """A stream of text and one with a tool, each ended in good order after every byte."""
    return [
        cut_at(family, place, tool=tool)
        for tool in (False, True)
        for place in range(len(b"".join(STREAMS[family][tool])))
    ]


def main() -> int:
    """Print the counts; 1 if any client was told nothing."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--cuts", action="store_true", help="every byte, in place of seeds")
    parser.add_argument("--families", nargs="*", default=FAMILIES)
    given = parser.parse_args()
    bad = 0
    for family in given.families:
        started = time.perf_counter()
        seeds = range(given.first, given.first + given.seeds)
        faults = every_cut(family) if given.cuts else seeded(family, seeds, given.seeds // 50)
        found = run(family, faults)
        counts = Counter((one.reader, one.said) for one in found)
        print(
            f"{family}: {len(faults)} faults in {time.perf_counter() - started:.0f} s", flush=True
        )
        for (reader, said), count in sorted(counts.items()):
            print(f"  {reader:16} {said:8} {count}")
        raised = Counter(one.detail.partition("(")[0] for one in found if one.said == "raised")
        print("  " + ", ".join(f"{name} {count}" for name, count in raised.most_common()))
        wrong = [one for one in found if one.said == "silent"]
        bad += len(wrong)
        for one in wrong[:20]:
            print(f"    {one.fault.seed} {one.fault.kind} {one.fault.told} {one.reader}")
            print(f"      {one.said}: {one.detail[:300]}")
    return int(bad > 0)


if __name__ == "__main__":
    raise SystemExit(main())
