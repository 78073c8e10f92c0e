"""On what a benchmark ran: machine, versions, date and load, for readers of its figures."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = (
    *("hive-resilience", "pykka", "uvloop", "purgatory", "tenacity"),
    *("langchain-core", "pydantic-ai-slim", "litellm", "tensorzero"),
    *("aiohttp", "httpx2", "niquests", "pyreqwest", "openai", "anthropic"),
)
_STATUS = Path("/proc/self/status")
_CPUS = Path("/proc/cpuinfo")


def surroundings() -> dict[str, str]:
    """Everything that tells one run from another."""
    found = {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "processor": _processor(),
        "date": datetime.now(UTC).date().isoformat(),
        "load": load_average(),
    }
    return found | {name: installed(name) for name in _PACKAGES}


def installed(package: str) -> str:
    """The version of a package, or that there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def load_average() -> str:
    """Of the last 1, 5 and 15 minutes; Windows has none."""
    if not hasattr(os, "getloadavg"):
        return "unknown"
    return " ".join(f"{load:.2f}" for load in os.getloadavg())


def resident_mib() -> float:
    """Memory of this process that is resident; 0 where the system does not tell."""
    if not _STATUS.exists():
        return 0.0
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    found = next(line for line in lines if line.startswith("VmRSS:"))
    return int(found.split()[1]) / 1024


def _processor() -> str:
    if not _CPUS.exists():
        return "unknown"
    found = re.search(r"^model name\s*:\s*(.*)$", _CPUS.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1].strip() if found else "unknown"
