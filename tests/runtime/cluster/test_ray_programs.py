"""Programs as users write them, in a cluster: servers with workers, forks, applications on Ray."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from .peers import LIMIT, PATIENT, peak, some_peers
from .processes import descendants, eventually, is_there, kill_all, title_of
from .ray_kit import ROOT, Cluster, free_port

pytestmark = pytest.mark.guests


def ask(port: int) -> dict[str, Any]:
    """What the worker says that happens to answer; nothing while none listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with suppress(ConnectionError):
        connection.request("GET", "/", headers={"Connection": "close"})
        told: dict[str, Any] = json.loads(connection.getresponse().read())
        return told
    return {}


def all_joined(port: int, found: dict[int, dict[str, Any]]) -> bool:
    """Ask once more; whether two workers have said that they are the two of one fleet."""
    if told := ask(port):
        found[told["worker"]] = told
    return len(found) == 2 and all(each["joined"] and each["peers"] == 2 for each in found.values())


def test_uvicorn_with_two_workers_shares_a_fleet_and_ends_well(
    cluster: Cluster, tmp_path: Path
) -> None:
    port, found = free_port(), dict[int, dict[str, Any]]()
    out, log = tmp_path / "stdout", tmp_path / "stderr"
    application = ("tests.runtime.cluster.served:app", "--workers", "2", "--port", str(port))
    with out.open("w") as stdout, log.open("w") as stderr:
        server = subprocess.Popen(
            (sys.executable, "-m", "uvicorn", "--no-access-log", *application),
            env={**os.environ, "HIVE_TEST_ADDRESS": cluster.address},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd=ROOT,
        )
    try:
        eventually(lambda: all_joined(port, found))
        processes = descendants(server.pid)
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0
    finally:
        kill_all(descendants(server.pid) | {server.pid})
        server.wait()

    assert [each["answer"] for each in found.values()] == ["answer"] * 2
    assert not any(each["has_ray"] for each in found.values())
    assert out.read_text() == ""
    assert log.read_text().count("Application shutdown complete") == 2, log.read_text()
    assert "Traceback" not in log.read_text()
    eventually(lambda: not any(map(is_there, processes)))


def test_an_application_on_ray_and_one_beside_it_share_their_places(
    cluster: Cluster, tmp_path: Path
) -> None:
    dead = tmp_path / "dead"
    with (
        some_peers(cluster, 1, dead, name="inside", **PATIENT) as beside,
        some_peers(cluster, 1, dead, name="inside", link="inside", **PATIENT) as inside,
    ):
        both = [*beside.all, *inside.all]
        for peer in both:
            peer.ask("load", "20")
        eventually(lambda: [peer.look()["places"] for peer in both] == [[LIMIT // 2]] * 2)
        eventually(lambda: [len(peer.calls) > 200 for peer in both if peer.look()] == [True] * 2)
        assert peak(call for peer in both for call in peer.calls) <= LIMIT
        assert [peer.now["has_ray"] for peer in both] == [False, True]


def test_the_link_ends_with_its_application_though_a_forked_child_lives_on(
    cluster: Cluster, tmp_path: Path
) -> None:
    with some_peers(cluster, 1, tmp_path / "dead", name="forked", **PATIENT) as peers:
        (peer,) = peers.all
        (link,) = [each for each in descendants(peer.pid) if "link_process" in title_of(each)]
        child = peer.ask("fork")["child"]
    try:
        eventually(lambda: not is_there(link))
        assert is_there(child)
    finally:
        kill_all({child})
