"""What peers and owners send each other, whole: frozen, and the same in every version's memory.

On the way they are bytes; see `wire`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..policies.cluster.records import Report, ShareGiven, View


@dataclass(frozen=True, slots=True)
class Exchange:
    """A peer's news. `seq` counts its exchanges; `batch` is the number of its outcomes.

    Outcomes keep the number of their batch until an exchange with them is answered: an owner
    counts each batch once.
    """

    peer: str
    seq: int
    batch: int
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """To the exchange `seq`, from one life of the owners.

    `peers` is how many there are. `learning`: the owners are new, and lend what is claimed alone.
    `fenced`: they may have been replaced without their knowledge, and lend nothing.
    """

    epoch: int
    seq: int
    peers: int
    shares: tuple[ShareGiven, ...]
    learning: bool = False
    fenced: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """Tell this peer what moves: answered once a view differs from `known`, or after a while.

    `known` are stamps, by model, of the epoch.
    """

    peer: str
    epoch: int
    known: dict[str, int]


@dataclass(frozen=True, slots=True)
class Views:
    """The views that have moved, by model."""

    epoch: int
    views: dict[str, View]


@dataclass(frozen=True, slots=True)
class Operate:
    """An operator's verb for a model, for the whole fleet. `switch` is a value of `Switch`."""

    peer: str
    model: str
    switch: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """This peer ends: its places are free at once. `seq` is above that of its exchanges."""

    peer: str
    seq: int


@dataclass(frozen=True, slots=True)
class Done:
    """The answer where there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The owners have not understood, and why; for a person to read."""

    reason: str
