"""The alerts of a process beside those of others that serve together with it."""

from __future__ import annotations

from ..engine.reference import AnyRef
from ..policies.alerting.routing import group_of
from ..policies.alerting.several import AlertWord, Claim, Stage
from .messages import SayAlerts
from .state import AlertingState

SOON = 0.01
"""Seconds that a word waits for more news. It has come before people are told."""


class Together:
    """What the actor says to siblings, and does by their words; nothing where there are none."""

    def __init__(self, state: AlertingState, ref: AnyRef) -> None:
        self._state, self._ref = state, ref

    def heard(self, word: AlertWord, now: float) -> None:
        """A sibling has spoken."""
        others = self._state.siblings.others
        if others is not None and others.take(now, word):
            self.say(now, again=True)

    def look(self, now: float) -> None:
        """Go on with what a sibling has told that is gone, and keep what has to last."""
        state, others = self._state, self._state.siblings.others
        if others is None:
            return
        left = others.left_behind(now)  # first: it ends the words of what is gone
        elsewhere = state.told_elsewhere(now)
        for key, channels in left.items():
            standing = state.machine.alerts.get(key)
            if standing is not None and standing.fires and key not in elsewhere:
                group = group_of(standing.fact.labels, state.config.group_by)
                state.plan.recall(now, key, group, channels)
        alerts = state.machine.alerts.keys()
        siblings_tell = alerts & elsewhere - state.left_to_others
        state.machine.hold(others.hold(alerts - elsewhere, siblings_tell))

    def say_soon(self) -> None:
        """There may be news for siblings."""
        state = self._state
        if state.siblings.others is not None and state.word_timer is None:
            state.word_timer = self._ref.after(SOON, SayAlerts())

    def say(self, now: float, *, again: bool = False) -> None:
        """Say what there is, where it is not what was said last, or `again` if it is anything."""
        state, others = self._state, self._state.siblings.others
        self.silence()
        if others is None:
            return
        word = AlertWord(others.number, others.born, self._claims(now))
        if word != state.said or (again and word.claims):
            state.said = word
            state.siblings.say(word)

    def silence(self) -> None:
        """Forget that there may be news."""
        state = self._state
        if state.word_timer is not None:
            state.word_timer.cancel()
        state.word_timer = None

    def _claims(self, now: float) -> dict[str, Claim]:
        """Of what fires here, or is still to be told as over."""
        state, found = self._state, dict[str, Claim]()
        arrivals, left = state.plan.arrivals, state.left_to_owner()
        firing = {key: one for key, one in state.machine.alerts.items() if one.fires}
        for key, one in {**state.ended, **firing}.items():
            stage = state.stage(one.fact, now, arrivals)
            if key not in left and stage != Stage.SILENT:
                is_sure = key in firing and one.recalled_until is None
                ends = not is_sure or state.machine.is_held_back(key, now)
                found[key] = Claim(stage, one.since, arrivals.get(key, ()), ends)
        return found
