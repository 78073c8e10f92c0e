"""The demonstration of a cluster, from its beginning to its end, on a real cluster of Ray."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from hive_resilience.runtime.cli.demo.cluster.processes import marked

from ....cluster.processes import eventually

pytestmark = pytest.mark.guests
LIMIT = 100.0
MARK = "HIVE_TEST_DEMONSTRATION"
COMMAND = (sys.executable, "-m", "hive_resilience.runtime.cli.demo.cluster")


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """All processes of the demonstration inherit it; none of them is there after, and no port."""
    if find_spec("ray") is None:
        pytest.skip("needs Ray: make test-guests")
    mark = os.urandom(8).hex()
    monkeypatch.setenv(MARK, mark)
    yield mark
    eventually(lambda: not marked(mark, MARK), 5.0)


def test_no_task_is_lost_while_model_owner_node_and_process_are_killed(mark: str) -> None:
    done = subprocess.run(
        [*COMMAND, "--duration", "15", "--rate", "20", "--json"],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    report = json.loads(done.stdout)

    # How late a call starts is of the machine, which may be busy: a missed bar is no failure here.
    assert done.returncode == (0 if report["passed"] else 1), done.stderr
    assert report["lost"] == 0
    assert report["answered"] > 0.9 * report["tasks"] > 300
    assert report["openings"]
    assert report["owner_after"] is not None
    assert report["node_pause"] is not None
    assert "SIGKILL to process-4" in done.stderr


def test_ctrl_c_ends_it_while_it_is_starting(mark: str) -> None:
    with subprocess.Popen(
        COMMAND,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        assert "starting 3 model servers" in process.stderr.readline()
        eventually(lambda: len(marked(mark, MARK)) > 5)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LIMIT)

    assert process.returncode == 130
