"""Draws the pictures of docs/overload.md from virtual time: `python -m benchmarks.overload`.

Needs matplotlib (dependency group `bench`). The same code gives the same files.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .course import ANSWERED, LATE, REFUSED, SHED, Course
from .scenarios import BEFORE, CAPACITY, OVERLOAD, bears_less, too_much

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
_COLORS = {"critical": "#c0392b", "high": "#e67e22", "normal": "#2980b9", "low": "#95a5a6"}
_FIXED, _ADAPTS, _BEARS = "#95a5a6", "#c0392b", "#2c3e50"


def main() -> None:
    """Write both files."""
    import matplotlib

    matplotlib.use("svg")
    # Words stay words, and the same figures give the same file.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "overload"})
    print(_shedding(too_much(shed=False), too_much(shed=True)))
    print(_limits(bears_less("fixed"), bears_less("aimd")))


def _shedding(control: Course, course: Course) -> Path:
    figure, axes = _rows(2)
    for plot, one, told in zip(axes, (control, course), ("off", "on"), strict=True):
        bottom = [0.0] * 180
        for name, color in _COLORS.items():
            rates = _smoothed(one, (ANSWERED,), name)
            top = [low + rate for low, rate in zip(bottom, rates, strict=True)]
            plot.fill_between(range(180), bottom, top, color=color, label=name, linewidth=0)
            bottom = top
        plot.axhline(CAPACITY, color="black", linewidth=0.8, linestyle="--")
        plot.set(title=f"shed: {told}", ylabel="answers a second", xlim=(0, 180), ylim=(0, 14))
        _mark(plot)
    axes[0].legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    axes[1].set(xlabel="seconds; between the lines 30 tasks a second, else 6")
    return _saved(figure, FOLDER / "shedding.svg")


def _limits(fixed: Course, adapts: Course) -> Path:
    figure, axes = _rows(2)
    axes[0].step(range(180), adapts.bears[:180], color=_BEARS, label="the provider bears")
    axes[0].plot(range(180), adapts.limits[:180], color=_ADAPTS, label="limit, aimd")
    axes[0].set(title="Calls at once", ylim=(0, 32), xlim=(0, 180))
    for one, color, name in ((fixed, _FIXED, "fixed at 100"), (adapts, _ADAPTS, "aimd")):
        failed = _smoothed(one, (SHED, REFUSED, LATE), None)
        axes[1].plot(range(180), failed, color=color, label=name)
    axes[1].set(title="Tasks that fail, a second", xlim=(0, 180), ylim=(-0.5, None))
    axes[1].set(xlabel="seconds; between the lines the provider bears less")
    for plot in axes:
        _mark(plot)
        plot.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    return _saved(figure, FOLDER / "adaptive_limit.svg")


def _rows(count: int) -> tuple[Any, Sequence[Any]]:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(count, 1, figsize=(8.4, 2.3 * count), sharex=True)
    return figure, axes


def _mark(plot: Any) -> None:
    for at in (BEFORE, BEFORE + OVERLOAD):
        plot.axvline(at, color="black", linewidth=0.5)


def _smoothed(course: Course, fates: tuple[str, ...], priority: str | None) -> list[float]:
    """Tasks a second that came to one of these ends, each the mean of five seconds."""
    return [
        sum(course.count(fate, at - 2, at + 3, priority) for fate in fates) / 5 for at in range(180)
    ]


def _saved(figure: Any, path: Path) -> Path:
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    return path


if __name__ == "__main__":
    main()
