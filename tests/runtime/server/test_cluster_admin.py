"""An operator looks at the whole cluster over HTTP, and acts on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..cluster.cluster_kit import MODEL, Simulated, processes
from .site_kit import ADMIN, READ, Reply, guarded, keys_in, site, story
from .test_document import fitting

LOOK, OPERATE = "/admin/cluster", "/admin/cluster/operate"


def test_a_reader_sees_all_processes_and_an_operator_acts_on_all(tmp_path: Path) -> None:
    async def tell() -> list[Reply]:
        async with (
            processes(Simulated(), "a", "b") as (a, _),
            site(a, keys_in(tmp_path)) as served,
        ):
            deed = {"model": MODEL, "verb": "force_open", "reason": "a fire"}
            return [
                await served.get(LOOK, READ),
                await served.post(OPERATE, READ, deed),
                await served.post(OPERATE, ADMIN, deed),
            ]

    look, refused, done = story(tell())

    assert len(fitting(look, LOOK, "get")["peers"]) == 2
    assert refused.status == 403
    assert fitting(done, OPERATE, "post")["models"][MODEL]["breaker"] == "forced_open"


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"model": MODEL, "verb": "burn"}, 400, "there is no verb 'burn'"),
        ({"model": "x", "verb": "trip"}, 400, "no peer has reported of the model 'x'"),
        ({"verb": "trip"}, 400, "model is a text"),
        ({"model": MODEL, "verb": "trip", "peer": "b"}, 400, "there is no field 'peer'"),
    ],
)
def test_what_cannot_be_done_is_refused(
    tmp_path: Path, fields: dict[str, str], status: int, words: str
) -> None:
    async def tell() -> Reply:
        async with (
            processes(Simulated(), "a") as (a,),
            site(a, keys_in(tmp_path)) as served,
        ):
            return await served.post(OPERATE, ADMIN, fields)

    reply = story(tell())

    assert (reply.status, words in reply.message) == (status, True)


def test_without_owners_a_verb_is_503(tmp_path: Path) -> None:
    async def tell() -> Reply:
        simulated = Simulated()
        async with (
            processes(simulated, "a") as (a,),
            site(a, keys_in(tmp_path)) as served,
        ):
            simulated.network.host(None)
            return await served.post(OPERATE, ADMIN, {"model": MODEL, "verb": "trip"})

    reply = story(tell())

    assert (reply.status, reply.code) == (503, "cluster_unreachable")


def test_a_server_in_no_cluster_says_so(tmp_path: Path) -> None:
    async def tell() -> Reply:
        async with guarded(tmp_path) as served:
            return await served.get(LOOK, READ)

    reply = story(tell())

    assert (reply.status, reply.code) == (409, "no_cluster")
