"""The benchmarks of pressure, HTTP and the server run."""

from __future__ import annotations

from pathlib import Path

import pytest

from .quick_kit import Report


@pytest.mark.conformance  # a minute: it measures all that goes over a network
@pytest.mark.timeout(420)  # a busy machine takes its time
def test_pressure_http_and_the_server_are_told_in_every_form(tmp_path: Path) -> None:
    Report(tmp_path, "pressure", "http", "server").check(
        "A thread that computes beside it: 5 ms models, 10 in flight",
        "Three times its capacity",
        "Four threads that send without waiting, for 10 s",
        "A request through a gateway",
        "A whole call",
        "Streams",
        "Streams and memory",
    )
