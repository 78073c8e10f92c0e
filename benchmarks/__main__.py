"""What protection costs, here and elsewhere: `python -m benchmarks [PART ...] [--json FILE]`."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .measuring.surroundings import load_average, surroundings
from .reporting.document import page
from .reporting.report import Part, table_of_targets

PARTS = {
    "costs": "costs.costs",
    "peers": "peers.comparison",
    "memory": "peers.memory",
    "scale": "scale.scale",
    "outage": "outage.outage",
    "defaults": "defaults.defaults",
    "promises": "promises.promises",
    "pressure": "pressure.pressure",
    "http": "http.part",
    "server": "server.part",
    "watching": "watching.part",
    "viewers": "watching.viewers",
    "cluster": "cluster.part",
}
"""Each part, and the module whose `measure` measures it."""


def main() -> None:
    """Measure the parts, print their tables, and write JSON and plots where asked."""
    options = _options()
    before = surroundings()
    print("\n".join(f"{key}: {value}" for key, value in before.items()))
    parts = [_measured(name, options.quick) for name in options.parts or PARTS]
    targets = table_of_targets(parts)
    print(f"\n{targets.text()}")
    found: dict[str, Any] = {"surroundings": before, "load at the end": load_average()}
    print(f"load average at the end: {found['load at the end']}")
    found |= {"quick": options.quick, "targets": targets.rows}
    found["parts"] = {part.name: _as_data(part) for part in parts}
    _write(found, options)


def _write(found: dict[str, Any], options: argparse.Namespace) -> None:
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    plots = []
    if options.plots is not None:
        from .reporting.plots import draw

        plots = draw(found, options.plots)
    if options.page is not None:
        options.page.write_text(page(found, plots, options.page), encoding="utf-8")


def _measured(name: str, quick: bool) -> Part:
    started = time.perf_counter()
    print(f"\n== {name}", flush=True)
    module = importlib.import_module(f".{PARTS[name]}", __package__)
    part: Part = asyncio.run(module.measure(quick))
    print(f"\n{part.text()}\n({name}: {time.perf_counter() - started:.0f} s)", flush=True)
    return part


def _as_data(part: Part) -> dict[str, object]:
    targets = [asdict(target) | {"verdict": target.verdict} for target in part.targets]
    return {"tables": [asdict(table) for table in part.tables], "targets": targets}


def _options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; none: all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw SVG files there")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write all as Markdown there")
    parser.add_argument("--quick", action="store_true", help="only see that it runs")
    options = parser.parse_args(arguments)
    for name in options.parts:
        if name not in PARTS:
            parser.error(f"there is no part {name!r}; there are {', '.join(PARTS)}")
    return options


if __name__ == "__main__":
    main()
