"""The page on notebooks, cell by cell in a real kernel."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from itertools import pairwise
from typing import Any

import pytest

from ..examples.programs import FENCED, HOW_TO

pytestmark = pytest.mark.guests
LIMIT = 60.0
CELL = re.compile(r"# In \[\d+\]\n")


@contextmanager
def kernel() -> Generator[Any, None, None]:
    """A kernel and its client, as `interrupt` and `execute_interactive`."""
    manager: Any = pytest.importorskip("jupyter_client.manager")
    pytest.importorskip("ipykernel")
    # Sockets of the file system, not ports: no other user of this machine hears what is said.
    running = manager.KernelManager(transport="ipc")
    running.start_kernel(env={**os.environ, "PYTHONWARNINGS": "default"})
    client = running.blocking_client()
    client.interrupt = running.interrupt_kernel
    try:
        client.start_channels()
        client.wait_for_ready(LIMIT)
        yield client
    finally:
        client.stop_channels()
        running.shutdown_kernel(now=True)
        close_loop()


def close_loop() -> None:
    """Close the loop that jupyter_client has made for this thread, and leaves open."""
    pytest.importorskip("jupyter_core.utils").ensure_event_loop().close()


def cells() -> list[tuple[str, str]]:
    """The cells of the page, and what stands under each."""
    blocks = [*FENCED.findall((HOW_TO / "notebooks.md").read_text("utf-8")), ("", "")]
    return [
        (text, below if kind == "text" else "")
        for (_, text), (kind, below) in pairwise(blocks)
        if CELL.match(text)
    ]


@contextmanager
def interrupting(client: Any) -> Generator[None, None, None]:
    """Press the button again and again: a kernel that has not begun the cell ignores it."""
    over = threading.Event()

    def press() -> None:
        while not over.wait(0.5):
            client.interrupt()
        close_loop()

    button = threading.Thread(target=press)
    button.start()
    try:
        yield
    finally:
        over.set()
        button.join()


def printed_by(client: Any, cell: str) -> tuple[str, list[str]]:
    """What a cell prints, or its error, and what it writes to standard error."""
    out: dict[str, list[str]] = {"stdout": [], "stderr": []}

    def hear(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream":
            out[message["content"]["name"]].append(message["content"]["text"])

    with interrupting(client) if "# interrupted" in cell else nullcontext():
        reply = client.execute_interactive(cell, output_hook=hear, timeout=LIMIT)["content"]
    if reply["status"] == "error":
        told = f"{reply['ename']}: {reply['evalue']}".removesuffix(": ")
        out["stdout"].append(f"{told}\n")
    return "".join(out["stdout"]), out["stderr"]


def test_each_cell_shows_what_stands_under_it_and_an_interrupt_ends_its_call_alone() -> None:
    shown: list[str] = []
    written: list[str] = []
    with kernel() as client:
        for cell, _ in cells():
            printed, complaints = printed_by(client, cell)
            shown.append(printed)
            written += complaints

    assert shown == [below for _, below in cells()]
    assert written == []
