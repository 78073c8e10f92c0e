"""Where settings usually are."""

from __future__ import annotations

from pathlib import Path

USUAL = ("resilience.yml", "resilience.yaml", "resilience.toml", "resilience.json")
"""The names by which a command finds settings that it was not told of, the preferred first."""


def usual_settings(folder: Path) -> Path | None:
    """The settings of a folder, or None."""
    return next((folder / name for name in USUAL if (folder / name).is_file()), None)
