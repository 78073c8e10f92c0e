"""How states are drawn: a shape and a style each, and shapes for terminals that know few. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

STYLES: Mapping[str, str] = {
    "good": "green",
    "warn": "yellow",
    "bad": "bold red",
    "trial": "cyan",
    "rest": "blue",
    "info": "dim",
}
"""By the tone of a model or an event."""
BARS: Mapping[str, str] = {
    "well": "bold green",
    "watch": "bold reverse yellow",
    "bad": "bold reverse red",
    "out": "bold reverse red",
}
"""By the level of the banner: what is wrong is a bar across the screen."""
LEVELS: Mapping[str, str] = {"well": "good", "watch": "warn", "bad": "bad", "out": "bad"}


class Marks(NamedTuple):
    """The characters of one kind of terminal."""

    shapes: Mapping[str, str]
    chosen: str
    rule: str
    cut: str
    dot: str
    arrow: str
    arrows: str
    bars: str

    def spark(self, points: Sequence[Sequence[int]], width: int) -> Iterable[tuple[str, str]]:
        """A column for each step, and its style: as high as it has calls, red if some failed."""
        most = max((sum(point) for point in points), default=0)
        for good, bad in points[-width:]:
            level = (good + bad) * (len(self.bars) - 1) / most if most else 0
            style = "red" if bad else "green"
            yield self.bars[min(len(self.bars) - 1, -int(-level // 1))], style


RICH = Marks(
    shapes={
        "good": "\u25cf",
        "warn": "\u25b2",
        "bad": "\u2716",
        "trial": "\u25c6",
        "rest": "\u25a0",
        "info": "\u00b7",
    },
    chosen="\u25b8",
    rule="\u2500",
    cut="\u2026",
    dot="\u00b7",
    arrow="\u2192",
    arrows="\u2191\u2193",
    bars=" \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588",
)
PLAIN = Marks(
    shapes={"good": "o", "warn": "!", "bad": "x", "trial": "?", "rest": "-", "info": "."},
    chosen=">",
    rule="-",
    cut="~",
    dot="-",
    arrow=">",
    arrows="^v",
    bars=" .:|",
)


def marks_for(encoding: str) -> Marks:
    """Those that an encoding can write."""
    try:
        "".join((*RICH.shapes.values(), RICH.bars, RICH.chosen)).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return RICH
