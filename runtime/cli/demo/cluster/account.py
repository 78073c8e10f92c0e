"""What the demonstration of a cluster has heard so far, of its processes and of the owners.

Times are those of `time.monotonic`, which all processes of a machine share; what is told has
seconds since the load began.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ..story import Happening
from .judgement import Move, Start

MOVED = {"open": "has opened", "half_open": "asks for a trial", "closed": "has closed"}


class Standing(NamedTuple):
    """A model in one process: its breaker, its calls under way, its share of the places."""

    breaker: str
    in_flight: int
    places: int


@dataclass(slots=True)
class Tally:
    """One process of the application, as of its last account."""

    pid: int
    sent: int = 0
    results: int = 0
    failovers: int = 0
    answers: Counter[str] = field(default_factory=Counter[str])
    failures: Counter[str] = field(default_factory=Counter[str])
    joined: bool = False
    peers: int = 0
    models: dict[str, Standing] = field(default_factory=dict[str, Standing])
    killed: bool = False
    done: bool = False
    """Whether it has said its last, and has not just ended."""

    @property
    def state(self) -> str:
        """In a word."""
        if self.killed:
            return "killed"
        return "joined" if self.joined else "alone"

    def take(self, told: dict[str, Any]) -> None:
        """An account of its."""
        self.sent, self.results = told["sent"], told["results"]
        self.failovers = told["failovers"]
        self.answers, self.failures = Counter(told["answers"]), Counter(told["failures"])
        self.joined, self.peers = told["joined"], told["peers"]
        self.models = {name: Standing(**each) for name, each in told["models"].items()}


@dataclass(slots=True)
class Nodes:
    """Which nodes of Ray run, and on which of them the owner was last."""

    up: list[bool] = field(default_factory=list[bool])
    owner: int | None = None


@dataclass(slots=True)
class Marks:
    """When what has happened; None: not yet."""

    model_killed: float | None = None
    model_back: float | None = None
    owner_killed: float | None = None
    node_killed: float | None = None
    peer_killed: float | None = None
    peer_missed: float | None = None
    """When a process first counts one fewer."""


class Account:
    """It begins when it is made, and again with the load."""

    def __init__(self) -> None:
        self.began: float = time.monotonic()
        self.lasted: float = 0.0
        self.tallies: dict[str, Tally] = {}
        self.starts: list[Start] = []
        self.moves: list[Move] = []
        self.owners_heard: list[float] = []
        """When a process heard of another owner."""
        self.happenings: list[Happening] = []
        self.marks: Marks = Marks()

    def now(self) -> float:
        """Seconds since the load began."""
        return time.monotonic() - self.began

    def begin(self) -> None:
        """The load begins: from now on seconds count."""
        gone = self.now()
        self.began += gone
        self.happenings = [replace(each, at=each.at - gone) for each in self.happenings]

    def tell(self, text: str, at: float | None = None) -> None:
        """Write down what happens now, or has happened `at`."""
        at = time.monotonic() if at is None else at
        self.happenings.append(Happening(at - self.began, text))

    @property
    def living(self) -> list[Tally]:
        """The processes that have not been killed."""
        return [tally for tally in self.tallies.values() if not tally.killed]

    def hear(self, name: str, told: dict[str, Any]) -> None:
        """A line of a process."""
        tally = self.tallies[name]
        match told["kind"]:
            case "account":
                tally.take(told)
                self.starts.extend(Start(at, model) for model, at in told["starts"])
                self._look_for_fewer(tally)
            case "event":
                self.tell(f"{name} {told['text']}", told["at"])
                if told["owner_changed"]:
                    self.owners_heard.append(told["at"])
            case "done":
                tally.done = True
            case _:
                pass

    def witness(self, move: Move) -> None:
        """A breaker of the owners' is in this state since `move.at`."""
        before = next((m for m in reversed(self.moves) if m.model == move.model), None)
        self.moves.append(move)
        if before is None or before.state != move.state:
            self.tell(f"the owner's breaker of {move.model} {_moved(move.state)}", move.at)

    def _look_for_fewer(self, tally: Tally) -> None:
        marks = self.marks
        if marks.peer_killed is None or marks.peer_missed is not None or tally.killed:
            return
        if tally.peers == len(self.living):
            marks.peer_missed = time.monotonic()
            self.tell(f"the others count {tally.peers} processes: its places are lent again")


def _moved(state: str) -> str:
    return MOVED.get(state, f"is {state}")
