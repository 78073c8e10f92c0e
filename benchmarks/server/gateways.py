"""The gateways that are compared, each in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

OURS, PORTKEY, LITELLM = "hive-resilience serve", "Portkey", "LiteLLM proxy"
BARE = "uvicorn and aiohttp alone"
_PEERS = Path("build/peers")
_PORTKEY_VERSION = "@portkey-ai/gateway@1.15.2"
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Gateway:
    """One that is ready: where it listens, which process it is, and what its clients send."""

    port: int
    process: int
    path: str = "/v1/chat/completions"
    model: str = "one"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Start:
    """How a gateway is started."""

    command: list[str]
    model: str = "one"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


Starter = Callable[[str, int, Path], Start | None]
"""From the upstream's URL, a port and a folder for files; None: it is not installed."""


def ours(url: str, port: int, folder: Path) -> Start:
    """Four models at the same upstream, one that is out and has a fallback, one that fails."""
    settings = folder / "settings.json"
    models: dict[str, dict[str, object]] = {
        name: {"endpoint": f"{url}/v1", "model": "tiny"} for name in ("one", "two", "three", "four")
    }
    breaker = {"failure_threshold": 1, "recovery_timeout": "1h", "max_recovery_timeout": "1h"}
    models["out"] = {
        "endpoint": "http://127.0.0.1:9/v1",
        "fallbacks": ["one"],
        "circuit_breaker": breaker,
        "health_check": {"enabled": False},
    }
    models["failing"] = {
        "endpoint": f"{url}/fail/v1",
        "circuit_breaker": {"enabled": False},
        "retry": {"max_retries": 0},
        "health_check": {"enabled": False},
    }
    models["slow"] = {"endpoint": f"{url}/slow/v1", "bulkhead": {"max_concurrent": 2_000}}
    settings.write_text(json.dumps({"models": models}), encoding="utf-8")
    command = [sys.executable, "-m", "hive_resilience", "serve", str(settings)]
    return Start([*command, "--port", str(port)])


def bare(url: str, port: int, folder: Path) -> Start:
    """What the parts below ours cost: nothing but a request in and a request out."""
    return Start([sys.executable, "-m", "benchmarks.server.bare", url, str(port)])


def portkey(url: str, port: int, folder: Path) -> Start | None:
    """From npm; it is told the upstream by headers."""
    script = _PEERS / "portkey/node_modules/@portkey-ai/gateway/build/start-server.js"
    node = shutil.which("node")
    if node is None or not script.exists():
        return None
    headers = {
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": f"{url}/v1",
        "Authorization": "Bearer sk-none",
    }
    return Start([node, str(script), f"--port={port}", "--headless"], headers=headers)


def litellm(url: str, port: int, folder: Path) -> Start | None:
    """Its proxy, where the package has all that it needs."""
    python = _PEERS / "litellm/bin/python"
    if not python.exists():
        if find_spec("litellm") is None or find_spec("fastapi_sso") is None:
            return None
        python = Path(sys.executable)
    config = folder / "litellm.yaml"
    parameters = {"model": "openai/tiny", "api_base": f"{url}/v1", "api_key": "sk-none"}
    listed = [{"model_name": "one", "litellm_params": parameters}]
    config.write_text(json.dumps({"model_list": listed}), encoding="utf-8")
    command = [str(python), "-m", "litellm.proxy.proxy_cli", "--config", str(config)]
    # It listens on loopback for a minute; its model map would come from the network.
    environment = {
        "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    where = ["--port", str(port), "--host", "127.0.0.1"]
    return Start([*command, *where], environment=environment)


GATEWAYS: Mapping[str, Starter] = {
    OURS: ours,
    BARE: bare,
    PORTKEY: portkey,
    LITELLM: litellm,
}


async def fetch_peers() -> None:
    """Install what npm has, where npm is; what fails is missing from the comparison."""
    npm = shutil.which("npm")
    folder = _PEERS / "portkey"
    if npm is None or (folder / "node_modules").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        *(npm, "install", "--silent", "--prefix", str(folder), _PORTKEY_VERSION),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await process.wait()


@asynccontextmanager
async def running(name: str, url: str, folder: Path) -> AsyncIterator[Gateway | None]:
    """A gateway that listens; None: it is not installed, or does not start."""
    port = _free_port()
    start = GATEWAYS[name](url, port, folder)
    if start is None:
        yield None
        return
    process = await asyncio.create_subprocess_exec(
        *start.command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, **start.environment},
    )
    try:
        up = await _listens(port, process)
        yield Gateway(port, process.pid, model=start.model, headers=start.headers) if up else None
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _listens(port: int, process: asyncio.subprocess.Process) -> bool:
    """Whether it takes connections within a minute."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _PATIENCE
    while loop.time() < end and process.returncode is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        writer.close()
        return True
    return False


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
