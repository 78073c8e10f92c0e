"""Runs a module of the suite in a process of its own, where nothing else has left its traces."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

_PATIENCE = 180.0


async def run_module(module: str, *arguments: str) -> Any:
    """What it prints last, as JSON; None where it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    lines = output.decode().splitlines()
    return json.loads(lines[-1]) if process.returncode == 0 and lines else None
