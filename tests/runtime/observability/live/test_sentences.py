"""What the dashboard and `top` say of an event."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hive_resilience.actors.events import TasksWaiting
from hive_resilience.runtime.observability.live.sentences import told


@pytest.mark.parametrize(
    ("waiting", "refused", "text"),
    [
        (1, False, "No place of 40 is free here: 1 task waits"),
        (2, False, "No place of 40 is free here: 2 tasks wait"),
        (9, True, "No place of 40 is free here: tasks are turned away"),
    ],
)
def test_a_model_without_a_free_place_is_told_as_this_process_sees_it(
    waiting: int, refused: bool, text: str
) -> None:
    event = TasksWaiting(
        datetime.now(UTC), model_id="m", limit=40, waiting=waiting, refused=refused
    )

    assert told(event).text == text
