"""The command `hive-resilience`: a thin door, open only with the extra `cli`."""

from __future__ import annotations

import sys
from importlib.util import find_spec

_NEEDED = ("rich", "typer")


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        print(
            f"hive-resilience: the command needs {' and '.join(missing)}, which the extra `cli` "
            "brings: pip install 'hive-resilience[cli]'",
            file=sys.stderr,
        )
        raise SystemExit(1)
    from .commands import app

    app()
