"""Actors of both worlds that answer with what they are told."""

from __future__ import annotations

from typing import Any

import pykka

from hive_resilience.actors.engine.actor import Actor


class Echo(Actor):
    """Answers with the message; raises it if it is an error, calls it if it can be called."""

    def on_receive(self, message: Any) -> Any:
        if isinstance(message, BaseException):
            raise message
        return message() if callable(message) else message


class HostActor(pykka.ThreadingActor):
    """An actor of the application around us."""

    def on_receive(self, message: Any) -> Any:
        return message
