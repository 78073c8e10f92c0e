"""The head of the cluster is killed: the applications live, alone, and join the next head.

`HIVE_HEADLESS=90` makes the time without a head longer than that after which Ray ends its drivers.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from .peers import LIMIT, Peers, longest_gap, peak, some_peers
from .ray_kit import Cluster, a_cluster

pytestmark = pytest.mark.ray
HEADLESS = float(os.environ.get("HIVE_HEADLESS", "10"))
"""Seconds without a head. A link ends after 5 of them, and its successors find none."""


def go_through(cluster: Cluster, peers: Peers) -> None:
    for peer in peers.all:
        peer.ask("load", "20")
    peers.until(lambda _: peers.places == [LIMIT // 2] * 2)
    pids = [peer.pid for peer in peers.all]
    began = peers.forget()

    cluster.ask("kill-head")
    peers.until_event("ClusterLost", began)
    time.sleep(HEADLESS)
    peers.look()
    assert peers.places == [LIMIT // 2] * 2
    assert not any(peer.now["joined"] for peer in peers.all)

    cluster.ask("head")
    since = time.monotonic()
    joined = peers.until_event("ClusterJoined", since)
    time.sleep(4.0)
    peers.look()

    gap = max(longest_gap(peer.calls, began, peer.now["now"]) for peer in peers.all)
    print(f"\nwithout a head for {HEADLESS:g} s; joined the next one after {joined:.2f} s; ")
    print(f"no start for {gap * 1000:.0f} ms at most")
    assert joined <= 10.0
    assert [peer.pid for peer in peers.all] == pids
    assert peers.failed == []
    assert peak(peers.calls) <= LIMIT
    assert gap <= 1.0


@pytest.mark.timeout(120 + HEADLESS)
def test_applications_outlive_the_head_and_join_the_next_one(
    nothing_left: None, tmp_path: Path
) -> None:
    with a_cluster() as cluster, some_peers(cluster, 2, tmp_path / "dead") as peers:
        go_through(cluster, peers)
