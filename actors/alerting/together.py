"""The alerts of a process beside those of others that serve together with it."""

from __future__ import annotations

from ..policies.alerting.several import AlertWord
from .state import AlertingState


class Together:
    """What the actor says to siblings, and does by their words; nothing where there are none."""

    def __init__(self, state: AlertingState) -> None:
        self._state = state

    def heard(self, word: AlertWord, now: float) -> None:
        """A sibling has spoken."""
        others = self._state.siblings.others
        if others is not None and others.take(now, word):
            self.say(again=True)  # it has just started
        self.hold(now)

    def hold(self, now: float) -> None:
        """Keep what fires in siblings too, and is told here."""
        state, others = self._state, self._state.siblings.others
        if others is not None:
            state.machine.hold(state.held(others, now))

    def say(self, *, again: bool = False) -> None:
        """Say what fires here, where it is not what was said last, or `again`."""
        state, others = self._state, self._state.siblings.others
        if others is None:
            return
        word = state.word(others.number)
        if again or word != state.said:
            state.said = word
            state.siblings.say(word)
