"""What must hold of a fleet at each moment; each finding is a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def other_settings(fleet: Any) -> Iterator[str]:
    """Each actor that is up goes by the settings that its model was given last."""
    for model_id, member in fleet.members.items():
        up = member.ref.is_running() and not member.ref.is_suspended()
        if up and member.state.config is not member.config:
            yield f"{model_id} goes by other settings than it was given"
