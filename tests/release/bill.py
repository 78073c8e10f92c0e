"""What goes with a release: its SBOM, and the sums of all files."""

from __future__ import annotations

import json
from pathlib import Path

from .building import sums
from .steps import FailedError, python, run

SBOM = "sbom.cdx.json"
SUMS = "SHA256SUMS"


def write_sbom(there: Path, dist: Path, root: Path) -> str:
    """All packages of an environment with every extra, as CycloneDX."""
    into = dist / SBOM
    command = python("-m", "cyclonedx_py", "environment", there, "--output-reproducible")
    how = ("--pyproject", root / "pyproject.toml", "--mc-type", "library", "--output-file", into)
    run([*command, *how], dist)
    told = json.loads(into.read_text("utf-8"))
    names = {one["name"] for one in told.get("components", [])}
    if not {"pykka", "pydantic", "orjson"} <= {name.lower() for name in names}:
        raise FailedError("the packages of the core are not in it")
    without = sorted(one["name"] for one in told["components"] if not one.get("licenses"))
    licences = f"; without a licence: {', '.join(without)}" if without else ""
    return f"{SBOM}: {told['bomFormat']} {told['specVersion']}, {len(names)} packages{licences}"


def write_sums(dist: Path) -> str:
    """SHA-256 of each file of the release."""
    files = {path.name: path.read_bytes() for path in dist.iterdir() if path.name != SUMS}
    (dist / SUMS).write_text(sums(files), "utf-8")
    return f"{SUMS}: {len(files)} files"
