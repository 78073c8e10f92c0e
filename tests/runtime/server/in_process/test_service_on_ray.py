"""Workers of uvicorn that start a Ray of their own: one fleet, and nothing left of it."""

from __future__ import annotations

import json
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

import pytest

from ....guests.servers import LIMIT, Server
from ....guests.test_service import (
    CHAT,
    HELLO,
    SERVICE,
    UVICORN,
    a_service,
    ask,
    asked,
    desk_of,
)
from ...cluster.processes import descendants, eventually, is_there, title_of

pytestmark = [
    pytest.mark.guests,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]

PLACES = 4


def test_workers_of_uvicorn_share_one_fleet_by_a_ray_that_they_start(
    tmp_path: Path, nothing_left: None
) -> None:
    if find_spec("ray") is None:
        pytest.skip("needs Ray: make test-guests")
    service = SERVICE.replace('"server"', '"fleet"')
    model = {"bulkhead": {"max_concurrent": PLACES, "max_queue": 100}}
    with a_service(tmp_path, UVICORN, service, model) as (server, upstream):
        eventually(lambda: peers(server) == 2)
        desk = desk_of(server)
        assert desk is not None
        processes = descendants(server.pid) | descendants(desk[0]) | {desk[0]}
        assert any("gcs_server" in title_of(pid) for pid in processes)

        upstream.open.clear()
        threading.Timer(1.0, upstream.open.set).start()
        assert set(asked(server, 32, CHAT, "k-use", HELLO)) == {200}
        assert upstream.peak == PLACES

        assert server.stop() < LIMIT / 2
        eventually(lambda: not any(map(is_there, processes)))
        assert not desk[1].exists()
    assert "raylet" not in server.log


def peers(server: Server) -> int:
    """Processes of the cluster, by the worker that answers."""
    status, body = ask(server, "/admin/snapshot", "k-admin")
    cluster = json.loads(body)["cluster"] if status == 200 else None
    return 0 if cluster is None else int(cluster["peers"])
