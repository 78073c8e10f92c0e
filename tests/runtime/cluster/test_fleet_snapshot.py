"""One process tells of all: sums, a row for each process, and what it says where it is alone."""

from __future__ import annotations

import asyncio
import json

import orjson
import pytest

from hive_resilience import Runtime, Task
from hive_resilience.actors.cluster.messages import Exchange, Watch
from hive_resilience.actors.cluster.wire import decode, encode
from hive_resilience.errors import InvalidRequestError
from hive_resilience.testing import run_virtual

from .cluster_kit import LIMIT, MODEL, Simulated, answer, processes


async def some_tasks(runtime: Runtime, count: int) -> None:
    for _ in range(count):
        (await runtime.execute(Task("hello"))).unwrap()


def test_the_counts_of_all_processes_are_summed_at_once() -> None:
    async def main() -> None:
        async with processes(Simulated(), "a", "b", "c") as (a, b, c):
            for count, runtime in enumerate((a, b, c), 1):
                await some_tasks(runtime, count)
            began = asyncio.get_running_loop().time()
            found = await a.cluster_snapshot()

            model = found.models[MODEL]
            assert (model.calls, model.successes, model.peers, model.in_flight) == (6, 6, 3, 0)
            assert (model.breaker, model.limit, model.latency.count) == ("closed", LIMIT, 6)
            assert [(peer.id, peer.joined) for peer in found.peers] == [
                ("a", True),
                ("b", True),
                ("c", True),
            ]
            assert sum(peer.shares[MODEL] for peer in found.peers) <= LIMIT
            assert all(peer.pid and peer.host and peer.release for peer in found.peers)
            assert asyncio.get_running_loop().time() - began < 0.2
            assert json.loads(found.to_json())["models"][MODEL]["successes"] == 6

    run_virtual(main())


def test_a_peer_says_how_it_is_only_when_it_is_asked() -> None:
    async def main() -> None:
        simulated = Simulated()
        async with processes(simulated, "a", "b") as (a, _):
            sent: list[bytes] = []
            plain = simulated.network.call

            async def seen(name: str, verb: str, message: bytes, timeout: float) -> bytes:
                sent.extend([message] if verb == "exchange" else [])
                return await plain(name, verb, message, timeout)

            simulated.network.call = seen  # type: ignore[method-assign]
            await asyncio.sleep(5.0)
            assert [decode(message, Exchange).summary for message in sent] == [None] * len(sent)

            await a.cluster_snapshot()
            told = [message for message in sent if decode(message, Exchange).summary is not None]
            assert {decode(message, Exchange).peer for message in told} == {"a", "b"}
            assert len(told) == 2

    run_virtual(main())


def test_a_process_that_dies_is_told_as_not_joined_and_one_that_leaves_not_at_all() -> None:
    async def main() -> None:
        simulated = Simulated()
        async with processes(simulated, "a", "b", "c") as (a, b, _):
            await b.aclose()
            simulated.network.cut("c")
            await asyncio.sleep(4.0)
            found = await a.cluster_snapshot()

            assert {peer.id: peer.joined for peer in found.peers} == {"a": True, "c": False}
            assert found.peers[1].heard > 3.0

    run_virtual(main())


def test_a_process_that_is_alone_tells_of_itself_and_says_why() -> None:
    async def main() -> None:
        simulated = Simulated()
        async with processes(simulated, "a", "b") as (a, _):
            await some_tasks(a, 2)
            simulated.network.cut("a")
            await asyncio.sleep(4.0)
            found = await a.cluster_snapshot()

            assert found.error is not None
            assert [(peer.id, peer.joined) for peer in found.peers] == [("a", False)]
            assert found.models[MODEL].successes == 2

    run_virtual(main())


def test_peers_and_owners_of_an_earlier_release_are_understood() -> None:
    async def main() -> None:
        simulated = Simulated()
        async with processes(simulated, "a") as (a,):
            await old_peer(simulated)
            found = await a.cluster_snapshot()

            (row,) = [peer for peer in found.peers if peer.id == "old"]
            assert (row.joined, row.host, row.figures_age) == (True, None, None)
            assert found.models[MODEL].peers == 1

    async def old_peer(simulated: Simulated) -> None:
        message = orjson.loads(encode(Exchange("old", 1, 0, ())))
        for name in ("tells", "speaks", "summary"):
            del message["body"][name]
        message["body"]["of_a_later_release"] = {"x": 1}
        await simulated.hosts[-1].owners.exchange(orjson.dumps(message))

    run_virtual(main())


def test_the_watch_of_an_earlier_release_is_not_answered_for_a_question_it_does_not_know() -> None:
    async def main() -> None:
        simulated = Simulated()
        async with processes(simulated, "a") as (a,):
            await a.cluster_snapshot()
            began = asyncio.get_running_loop().time()
            await simulated.hosts[-1].owners.watch(encode(Watch("old", 1, {})))

            assert asyncio.get_running_loop().time() - began > 5.0

    run_virtual(main())


def test_a_verb_reaches_every_process_and_one_that_is_none_is_refused() -> None:
    async def main() -> None:
        async with processes(Simulated(), "a", "b") as (a, b):
            await a.cluster.operate(MODEL, "force_open", reason="a fire", by="ann")
            await asyncio.sleep(0.02)
            states = [one.snapshot().models[MODEL].breaker.state for one in (a, b)]
            assert states == ["forced_open", "forced_open"]
            assert (await b.cluster_snapshot()).models[MODEL].breaker == "forced_open"

            with pytest.raises(InvalidRequestError, match="there is no verb 'burn'"):
                await a.cluster.operate(MODEL, "burn")
            with pytest.raises(InvalidRequestError, match="no peer has reported of the model 'x'"):
                await a.cluster.operate("x", "trip")

    run_virtual(main())


def test_a_runtime_in_no_cluster_says_so() -> None:
    from hive_resilience import ModelConfig

    async def main() -> None:
        async with Runtime(models=[ModelConfig(id="m", executor=answer)]) as runtime:
            with pytest.raises(InvalidRequestError, match=r"in no cluster: set `cluster\.address`"):
                runtime.cluster_snapshot()

    run_virtual(main())
