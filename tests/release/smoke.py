"""Whether an installed hive-resilience works in a clean environment; extras as arguments."""

from __future__ import annotations

import asyncio
import importlib
import json
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import distributions, requires, version
from pathlib import Path
from typing import Any

DOORS = (
    *("chaos", "config", "errors", "events", "observability", "policies", "reports", "server"),
    *("snapshots", "testing", "types"),
)
ANSWER = {"choices": [{"message": {"content": "pong"}, "finish_reason": "stop"}]}
CORE = {"pykka", "pydantic", "orjson"}


class _Model(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps(ANSWER).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *_: Any) -> None:
        return None


def check_doors() -> int:
    """Every public name can be had; names that need an extra say so with its name."""
    from hive_resilience.errors import ConfigurationError

    count = 0
    for door in ("hive_resilience", *(f"hive_resilience.{room}" for room in DOORS)):
        module = importlib.import_module(door)
        for name in module.__all__:
            try:
                getattr(module, name)
            except (ConfigurationError, ImportError) as error:
                if "hive-resilience[" not in str(error):
                    raise
            count += 1
    return count


def check_failover() -> None:
    """The first program of the README."""
    from hive_resilience import ModelConfig, Runtime, Task

    models = [
        ModelConfig(id="large", executor=lambda task: 1 / 0),
        ModelConfig(id="small", executor=lambda task: f"small says: {task.payload}"),
    ]
    with Runtime(models=models) as runtime:
        assert runtime.submit(Task("hello")).result().value == "small says: hello"


def check_http() -> None:
    """A model behind HTTP, by settings alone."""
    from hive_resilience import ModelConfig, Runtime, Task

    server = HTTPServer(("127.0.0.1", 0), _Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/v1"

    async def ask() -> str:
        async with Runtime(models=[ModelConfig(id="m", endpoint=url)]) as runtime:
            return str((await runtime.execute(Task({"prompt": "ping"}))).unwrap().text)

    assert asyncio.run(ask()) == "pong"
    server.shutdown()
    server.server_close()


def check_clients(extras: set[str]) -> None:
    """The providers' own clients can be made into executors."""
    import hive_resilience as h

    if "openai" in extras:
        h.OpenAIClient("m")
    if "anthropic" in extras:
        h.AnthropicClient("m")


def check_command(folder: Path) -> None:
    """The command says its version, writes settings, reads them and looks at the machine."""

    def ends(*arguments: str) -> tuple[int, str]:
        warnings = ["-W", "error"] if sys.warnoptions else []
        command = [sys.executable, *warnings, "-m", "hive_resilience", *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout + done.stderr

    for arguments in (("--version",), (), ("--help",), ("init",), ("check", "resilience.yml")):
        number, told = ends(*arguments)
        assert number == 0, (arguments, told)
    number, told = ends("doctor", "resilience.yml", "--json")
    assert number in (0, 1), told
    assert {"settings", "server"} <= {one["check"] for one in json.loads(told)["findings"]}


def check_without_extras() -> None:
    """Nothing but the core is installed, and the command says which extra it needs."""
    names = {str(one.metadata["Name"]).lower() for one in distributions()}
    assert not names & {"aiohttp", "typer", "rich", "starlette", "openai"}, names
    command = [sys.executable, "-m", "hive_resilience"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "hive-resilience[cli]" in done.stderr, done.stderr


def main(arguments: list[str]) -> None:
    """All that these extras allow; prints what was there."""
    extras = {one for one in arguments if one}
    if "all" in extras:
        stated = [one for one in requires("hive-resilience") or [] if "extra ==" in one]
        extras |= {one.rpartition("extra ==")[2].strip(" \"'") for one in stated} - {"all"}
    count = check_doors()
    check_failover()
    if extras & {"http", "openai", "anthropic", "cli", "serve"}:
        check_http()
    check_clients(extras)
    if "cli" in extras:
        with tempfile.TemporaryDirectory() as folder:
            check_command(Path(folder))
    if not extras:
        check_without_extras()
    core = ", ".join(f"{name} {version(name)}" for name in sorted(CORE))
    print(f"{count} names; {core}; {sum(1 for _ in distributions())} packages")


if __name__ == "__main__":
    main(sys.argv[1:])
