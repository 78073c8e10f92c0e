"""How a link's process waits for a head that is away."""

from __future__ import annotations

import socket
import time

import pytest

from hive_resilience.runtime.cluster.joined_process import wait_for_door


def test_it_goes_on_as_soon_as_something_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    host, port = closed.getsockname()
    closed.close()
    opened: list[socket.socket] = []

    def sleep(_: float) -> None:
        if not opened:
            opened.append(socket.create_server((host, port)))

    monkeypatch.setattr(time, "sleep", sleep)
    wait_for_door(f"{host}:{port}", 60.0)

    (door,) = opened
    door.close()


def test_where_nothing_listens_it_says_so_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        address = f"127.0.0.1:{door.getsockname()[1]}"

    with pytest.raises(ConnectionError, match="nothing listens there"):
        wait_for_door(address, 0.0)
