"""Numbers that functions of the program give for rules of alerts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from inspect import isawaitable
from math import isfinite

from ...actors.calls.functions import is_async
from ...config.settings.observability.alert_rules import AlertRuleConfig
from ...config.values.log_fields import log_event
from .channels.in_thread import OneThread

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds that a function may take."""


class OwnNumbers:
    """Asks the functions: a coroutine on the loop, any other in a thread, so that it may block."""

    def __init__(self) -> None:
        self._threads: dict[str, OneThread[object]] = {}
        self._failing: set[str] = set()

    async def ask(self, rules: Iterable[AlertRuleConfig]) -> dict[str, float | None]:
        """By rule what its function has given; a function that fails or hangs gives nothing."""
        asked = tuple(rules)
        values = await asyncio.gather(*(self._one(rule) for rule in asked))
        found = {one.name: told[0] for one, told in zip(asked, values, strict=True) if told}
        return found

    async def _one(self, rule: AlertRuleConfig) -> tuple[float | None] | None:
        try:
            async with asyncio.timeout(PATIENCE):
                value = await self._called(rule)
            number = None if value is None else float(value)  # type: ignore[arg-type]  # may raise
            if number is not None and not isfinite(number):
                raise ValueError("no number")
        except Exception as error:
            self._failed(rule.name, type(error).__name__)
            return None
        self._failing.discard(rule.name)
        return (number,)

    async def _called(self, rule: AlertRuleConfig) -> object:
        function = rule.function
        assert function is not None
        if is_async(function):
            return await function()
        thread = self._threads.setdefault(rule.name, OneThread(f"alert rule {rule.name}"))
        value = await thread.run(function)
        return await value if isawaitable(value) else value

    def _failed(self, rule: str, kind: str) -> None:
        """Once, until it works again: its words may have anything in them."""
        if rule not in self._failing:
            self._failing.add(rule)
            told = log_event("alerting.failed", of="function", error_type=kind)
            log.warning("the function of the alert rule %s raised %s", rule, kind, extra=told)
