"""Settings and servers for the tests of the doctor."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hive_resilience.config import RuntimeConfig
from hive_resilience.runtime.cli.doctor.finding import Finding, Verdict

from ...executors.faulty_server import Behaviour, FaultyServer

PEM = str(Path(__file__).parents[2] / "executors" / "transport" / "localhost.pem")
SECRET = "correct-horse-battery-staple"


def fleet(models: dict[str, Any], **for_all: Any) -> RuntimeConfig:
    """Checked settings; models by their ids."""
    members = [{"id": name, **model} for name, model in models.items()]
    return RuntimeConfig.model_validate({"global": for_all, "models": members})


def file_of(folder: Path, models: dict[str, Any], **for_all: Any) -> Path:
    """The same as a file."""
    path = folder / "resilience.json"
    path.write_text(json.dumps({"global": for_all, "models": models}))
    return path


def one(findings: Iterable[Finding], check: str) -> Finding:
    """The only finding of a check."""
    (found,) = [finding for finding in findings if finding.check == check]
    return found


def verdicts(findings: Iterable[Finding]) -> dict[str, Verdict]:
    """The verdict on each thing that a finding is about."""
    return {finding.about: finding.verdict for finding in findings}


@asynccontextmanager
async def secure(behaviour: Behaviour) -> AsyncGenerator[str]:
    """A server over TLS with the tests' own certificate for localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    server = FaultyServer(behaviour)
    listening = await asyncio.start_server(server._connect, "127.0.0.1", 0, ssl=context)
    try:
        yield f"https://localhost:{listening.sockets[0].getsockname()[1]}/v1"
    finally:
        listening.close()
        for task in server._tasks:
            task.cancel()
        await asyncio.gather(*server._tasks, return_exceptions=True)
