"""Draws the pictures of docs/strategies.md: `python -m benchmarks.balancing FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from ..reporting.plots import prepare, saved
from .runs import (
    RATE,
    SECONDS,
    STRATEGIES,
    latencies_beside_a_slow_model,
    returns_of_a_weak_model,
)


def main(folder: Path) -> None:
    """Run both runs and write `ramp-up.svg` and `p2c.svg`."""
    prepare()
    print(_ramp(folder / "ramp-up.svg"))
    print(_balance(folder / "p2c.svg"))


def _ramp(path: Path) -> Path:
    from matplotlib import pyplot

    figure, plot = pyplot.subplots(figsize=(8.4, 3.0))
    for span, label, color in ((0.0, "without", "#7f8c8d"), (30.0, "ramp_up: 30s", "#c0392b")):
        calls = returns_of_a_weak_model(span)
        plot.step(range(SECONDS), calls, where="post", label=label, color=color)
    plot.axhline(RATE / 2, linestyle=":", color="black", linewidth=0.8)
    plot.text(SECONDS, RATE / 2, " more kills it\n while it is cold", va="center", fontsize="small")
    plot.set(xlabel="seconds", ylabel="calls a second", xlim=(0, SECONDS), ylim=(0, RATE * 1.1))
    plot.set(title="A model goes at 10 s and comes back weak")
    plot.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    return saved(figure, path)


def _balance(path: Path) -> Path:
    from matplotlib import pyplot

    figure, plot = pyplot.subplots(figsize=(8.4, 3.0))
    for strategy in STRATEGIES:
        took = latencies_beside_a_slow_model(strategy)
        percent = [100 * (at + 1) / len(took) for at in range(len(took))]
        late = sum(seconds > 1.0 for seconds in took)
        plot.plot(
            took[::20], percent[::20], label=f"{strategy}: {100 * late / len(took):.1f} % above 1 s"
        )
    plot.set(xlabel="seconds until the answer", ylabel="percent of the tasks", ylim=(60, 101))
    plot.set(title="One of four models takes 4 s, the others 0.2 s")
    plot.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    return saved(figure, path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
