"""What peers and owners send each other, whole: frozen, and the same in every version's memory.

On the way they are bytes; see `wire`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..policies.cluster.records import Report, ShareGiven, View
from .survey import Summary


@dataclass(frozen=True, slots=True)
class Exchange:
    """A peer's news. `seq` counts its exchanges; `batch` is the number of its outcomes.

    Outcomes keep the number of their batch until an exchange with them is answered: an owner
    counts each batch once. `tells`: seconds within which it comes back, where it tells people of
    alerts; `speaks`: the topics that are its own to tell. `summary`: it was asked for one.
    """

    peer: str
    seq: int
    batch: int
    reports: tuple[Report, ...]
    tells: float = 0.0
    speaks: tuple[str, ...] = ()
    summary: Summary | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """To the exchange `seq`, from one life of the owners.

    `peers` is how many there are. `learning`: the owners are new, and lend what is claimed alone.
    `fenced`: they may have been replaced without their knowledge, and lend nothing. `speaks`: the
    topics whose alerts this peer tells; None: owners of an earlier release, which name no peer.
    """

    epoch: int
    seq: int
    peers: int
    shares: tuple[ShareGiven, ...]
    learning: bool = False
    fenced: bool = False
    speaks: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """Tell this peer what moves: answered once a view differs from `known`, or after a while.

    `known` are stamps, by model, of the epoch. `asked`: the last question for a summary that it
    has heard; None: an earlier release, which answers none.
    """

    peer: str
    epoch: int
    known: dict[str, int]
    asked: int | None = None


@dataclass(frozen=True, slots=True)
class Views:
    """The views that have moved, by model. `asked` counts the questions for a summary."""

    epoch: int
    views: dict[str, View]
    asked: int = 0


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
