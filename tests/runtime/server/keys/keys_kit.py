"""Files of keys for the tests."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any


def entry(key: str, id: str = "ci", **more: object) -> dict[str, object]:
    """What a file says of this key."""
    return {"id": id, **more, "sha256": sha256(key.encode()).hexdigest()}


def write(path: Path, *entries: Any) -> Path:
    """A file of these entries, as JSON, which YAML is too."""
    path.write_text(json.dumps(entries))
    return path
