"""What ties the alerts of a process to those of others that serve together with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..policies.alerting.several import AlertWord, OtherAlerts


def _to_none(_word: AlertWord) -> None:
    pass


@dataclass(slots=True)
class AlertSiblings:
    """`others` None: it serves alone.

    `say` tells them all what fires here; `hear` takes what one of them says.
    """

    others: OtherAlerts | None = None
    say: Callable[[AlertWord], None] = _to_none
    hear: Callable[[AlertWord], None] = _to_none
    joined: Callable[[], None] = lambda: None
    """To be called once `others` and `say` are set."""
