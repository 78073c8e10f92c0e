"""The parts that may run beside a fleet: each is imported where the settings ask for it."""

from __future__ import annotations

from ...config.settings.runtime import RuntimeConfig
from .watching import Maker, Part


def _alerting(config: RuntimeConfig) -> Part | None:
    if not config.global_.alerts.is_on:
        return None
    from .alerting import Alerting

    return Alerting()


def _history(config: RuntimeConfig) -> Part | None:
    if config.global_.history.folder is None:
        return None
    from .history.recorder import Recorder

    return Recorder()


PARTS: tuple[Maker, ...] = (_history, _alerting)
"""In the order of their start."""
