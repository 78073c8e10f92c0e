"""Alerts for a function of the program."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from inspect import isawaitable
from typing import Any, cast

from ....actors.alerting.notification import DeliveryError, Notification
from ....actors.calls.functions import is_async
from ....config.errors import ConfigurationError
from ....config.settings.observability.channels import CallbackChannelConfig
from .base import ConfiguredChannel
from .in_thread import OneThread


class CallbackChannel(ConfiguredChannel[CallbackChannelConfig]):
    """Calls a function with each `Notification`: a coroutine on the loop, others in a thread."""

    def __init__(self, settings: CallbackChannelConfig) -> None:
        super().__init__(settings)
        if not callable(settings.function):
            told = f"the channel {self.name!r} needs a function, which is given in Python"
            raise ConfigurationError(told, key="alerts.channels")
        self._function = cast("Callable[[Notification], Any]", settings.function)
        self._thread = OneThread[Any](f"alerts {self.name}")

    async def send(self, notification: Notification) -> None:
        """Call it. Raises `DeliveryError` where it fails."""
        try:
            if is_async(self._function):
                await self._function(notification)
                return
            value = await self._thread.run(partial(self._function, notification))
            if isawaitable(value):
                await value
        except DeliveryError:
            raise
        except Exception as error:  # its words may have anything in them
            kind = type(error).__name__
        else:
            return
        raise DeliveryError(f"the function raised {kind}")
