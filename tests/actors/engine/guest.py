"""An actor whose end can be watched."""

from __future__ import annotations

from typing import Any

from hive_resilience.actors.engine.actor import Actor


class Guest(Actor):
    """Signs the test's book when it leaves; can be told to call something."""

    def __init__(self, book: list[str] | None = None, name: str = "") -> None:
        super().__init__()
        self.book = book
        self.name = name

    def on_stop(self) -> None:
        if self.book is not None:
            self.book.append(self.name)
        if self.name == "rude":
            raise SystemExit

    def on_receive(self, message: Any) -> Any:
        return message() if callable(message) else message
