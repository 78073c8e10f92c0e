"""The metrics of all workers as those of one scrape: each sample with the label `worker`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_END = "# EOF\n"


def merged(texts: Mapping[int, str]) -> str:
    """The texts by the numbers of their workers, in one: a family has all of its samples together.

    >>> print(merged({1: "# HELP a b\\na 1\\n", 2: '# HELP a b\\na{x="y"} 2\\n'}), end="")
    # HELP a b
    a{worker="1"} 1
    a{worker="2",x="y"} 2
    """
    abouts: dict[str, list[str]] = {}
    samples: dict[str, list[str]] = {}
    for worker, text in texts.items():
        for family, about, values in _families(text):
            abouts.setdefault(family, about)
            samples.setdefault(family, []).extend(_labelled(worker, values))
    lines = (line for name, about in abouts.items() for line in (*about, *samples[name]))
    end = _END if any(text.endswith(_END) for text in texts.values()) else ""
    return "".join(f"{line}\n" for line in lines) + end


def _families(text: str) -> Iterable[tuple[str, list[str], list[str]]]:
    """Name, lines about it, and samples of each family, in order."""
    family, about, values = "", list[str](), list[str]()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            if family:
                yield family, about, values
            family, about, values = line.split(" ", 3)[2], [line], []
        elif line.startswith("#"):
            if f"{line}\n" != _END:
                about.append(line)
        elif line:
            values.append(line)
    if family:
        yield family, about, values


def _labelled(worker: int, values: Iterable[str]) -> Iterable[str]:
    label = f'worker="{worker}"'
    for line in values:
        found = _NAME.match(line)
        name = "" if found is None else found.group()
        rest = line[len(name) :]
        if rest.startswith("{"):
            yield f"{name}{{{label},{rest[1:]}"
        else:
            yield f"{name}{{{label}}}{rest}"
