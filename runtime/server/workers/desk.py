"""What the requests of all workers share: the limits of keys, and which model keeps a state. Pure.

Times are monotonic seconds.
"""

from __future__ import annotations

from ..calls.pins import Pins
from ..keys.gate import KeyGate, KeyLimits


class Desk:
    """Has a gate for each holder of a key that a worker has named, and takes them from none else.

    Workers read the file of keys a moment apart: what was said last holds.
    """

    def __init__(self) -> None:
        self.pins: Pins = Pins()
        self._gates: dict[str, KeyGate] = {}
        self._inside: dict[int, dict[int, KeyGate]] = {}

    def enter(
        self, worker: int, ticket: int, holder: str, limits: KeyLimits, now: float
    ) -> float | None:
        """None: the request may go; otherwise the seconds to wait. `ticket` is the worker's own."""
        gate = self._gate(holder, limits, now)
        wait = gate.enter(now)
        if wait is None:
            self._inside.setdefault(worker, {})[ticket] = gate
        return wait

    def leave(self, worker: int, ticket: int, tokens: int, now: float) -> None:
        """The request is over, and has cost `tokens`. Does nothing for one that is not inside."""
        gate = self._inside.get(worker, {}).pop(ticket, None)
        if gate is not None:
            gate.leave(now, tokens)

    def forget(self, worker: int, now: float) -> None:
        """The worker is gone, and with it all requests that it had."""
        for gate in self._inside.pop(worker, {}).values():
            gate.leave(now)

    def _gate(self, holder: str, limits: KeyLimits, now: float) -> KeyGate:
        gate = self._gates.get(holder)
        if gate is None:
            gate = self._gates[holder] = KeyGate(limits)
        elif gate.limits != limits:
            gate.reconfigure(limits, now)
        return gate
