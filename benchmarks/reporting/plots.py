"""Draws a run's figures as SVG files; needs matplotlib (dependency group `bench`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .report import shown

_OURS, _OTHERS = "#c0392b", "#7f8c8d"
_SIZE = (8.4, 3.2)
GROUPS = {
    "success": "success, instant executor, 1 in flight, async callers",
    "primary fails": "primary fails, instant executor, 1 in flight, async callers",
    "primary open": "primary open, instant executor, 1 in flight, async callers",
}


def draw(found: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write the plots that this run has figures for; raises `ImportError` without matplotlib."""
    prepare()
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for part, plot in (("peers", _peers), ("scale", _scale), ("outage", _outage)):
        if part in found["parts"]:
            drawn.append(plot(found["parts"][part]["tables"], folder))
    return drawn


def prepare() -> None:
    """Make matplotlib write SVG; raises `ImportError` without it."""
    import matplotlib

    matplotlib.use("svg")
    # Words stay words, and the same figures give the same file.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "benchmarks"})


def _peers(tables: Sequence[Mapping[str, Any]], folder: Path) -> Path:
    from matplotlib import pyplot

    by_title = {table["title"]: table["rows"] for table in tables}
    stories = {story: by_title[title] for story, title in GROUPS.items() if title in by_title}
    size = (3.4 * len(stories), 2.8)
    figure, axes = pyplot.subplots(1, len(stories), figsize=size, sharey=True, squeeze=False)
    for plot, (story, rows) in zip(axes[0], stories.items(), strict=True):
        measured = [row for row in rows if row[1] is not None][::-1]
        names, values = [row[0] for row in measured], [row[1] for row in measured]
        _bars(plot, names, values)
        plot.set(title=story, xlabel="CPU us a call", xlim=(0.05, max(values) * 60))
    return saved(figure, folder / "peers.svg")


def _scale(tables: Sequence[Mapping[str, Any]], folder: Path) -> Path:
    from matplotlib import pyplot

    costs = tables[1]
    sizes = costs["headings"][1:-1]
    figure, plot = pyplot.subplots(figsize=_SIZE)
    for row in costs["rows"]:
        if ", 1 in flight" in row[0]:
            plot.plot(sizes, row[1:-1], marker="o", label=row[0].removesuffix(", 1 in flight"))
    plot.set(ylabel="CPU us a task", ylim=(0, None), title="Cost of a task, 1 in flight")
    plot.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    return saved(figure, folder / "scale.svg")


def _outage(tables: Sequence[Mapping[str, Any]], folder: Path) -> Path:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(len(tables), figsize=(7.0, 1.9 * len(tables)), squeeze=False)
    for plot, table in zip(axes[:, 0], tables, strict=True):
        at = table["headings"].index("p99 then")
        measured = [row for row in table["rows"] if row[1] is not None][::-1]
        names, values = [row[0] for row in measured], [row[at] for row in measured]
        _bars(plot, names, values)
        story = table["title"].split(" for ")[0].rpartition(" is ")[2]
        plot.set(title=story, xlabel="p99 ms during the outage", xlim=(1, max(values) * 4))
    return saved(figure, folder / "outage.svg")


def _bars(plot: Any, names: Sequence[str], values: Sequence[float]) -> None:
    plot.barh(names, values, color=[_color(name) for name in names])
    plot.bar_label(plot.containers[0], [shown(value) for value in values], padding=3)
    plot.set_xscale("log")


def _color(name: str) -> str:
    return _OURS if name.startswith("ours") else _OTHERS


def saved(figure: Any, path: Path) -> Path:
    """Write a figure as text that is the same for the same figures."""
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    text = path.read_text(encoding="utf-8")
    path.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n", encoding="utf-8")
    return path
