"""Which model keeps the state of a response that a later request goes on with. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from ....config.values.values import is_mapping

_LONGEST = 200
_STATE = ("previous_response_id", "conversation")


class Pins:
    """The models by the ids of their answers; the oldest are forgotten. Times are seconds."""

    def __init__(self, *, most: int = 10_000, keep: float = 3600.0) -> None:
        self._most = most
        self._keep = keep
        self._found: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._found)

    def note(self, response: Mapping[str, object], model_id: str, now: float) -> None:
        """A model has answered with this response, which it may keep."""
        self.keep(states_of(response), model_id, now)

    def keep(self, states: Iterable[str], model_id: str, now: float) -> None:
        """A model has these states."""
        for state in states:
            self._found[state] = (model_id, now + self._keep)
            self._found.move_to_end(state)
        while len(self._found) > self._most:
            self._found.popitem(last=False)

    def model_of(self, state: str, now: float) -> str | None:
        """The model that has this state; None: it is not known, or has been forgotten."""
        found = self._found.get(state)
        if found is None or found[1] <= now:
            return None
        return found[0]


def states_of(response: Mapping[str, object]) -> list[str]:
    """The ids by which a later request may go on with a response.

    >>> states_of({"id": "resp_1", "conversation": {"id": "conv_1"}})
    ['resp_1', 'conv_1']
    """
    found = (response.get("id"), state_id(response.get("conversation")))
    return [one for one in found if isinstance(one, str) and len(one) <= _LONGEST]


def needed_state(payload: Mapping[str, object]) -> str | None:
    """The state that a request goes on with.

    >>> needed_state({"previous_response_id": "resp_1"})
    'resp_1'
    """
    for field in _STATE:
        found = state_id(payload.get(field))
        if found is not None:
            return found
    return None


def state_id(value: object) -> str | None:
    """The id in a field that has one, or an object with one."""
    if is_mapping(value):
        value = value.get("id")
    return value if isinstance(value, str) else None
