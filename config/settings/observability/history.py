"""Settings of the history: what is kept on disk, and for how long."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, TypeAlias

from pydantic import Field, model_validator

from ...base import Settings
from ...values.accepts import Accepts, default
from ...values.secrets import FilePath
from ...values.units import DAY, Age
from ...values.values import NUMBER


class HistoryConfig(Settings):
    """What is kept on disk, and for how long. Spans are seconds.

    >>> HistoryConfig(folder="/var/lib/hive").minutes
    1209600.0
    """

    folder: FilePath | None = None
    """The folder of the files; None: no history is kept."""
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$")] | None = None
    """The name of this process, in that of its file; None: the first number that is free."""
    minutes: Age = default(14 * DAY)
    """How long the figures of each minute are kept."""
    hours: Age = default(400 * DAY)
    """How long the figures of each hour are kept."""
    events: Age = default(30 * DAY)
    """How long events are kept."""
    audit: Age = default(400 * DAY)
    """How long actions are kept: what was changed, by whose hand, and why."""
    alerts: Age = default(400 * DAY)
    """How long alerts are kept."""
    max_bytes: Annotated[int, Field(ge=16_777_216, le=1_000_000_000_000), NUMBER] = 536_870_912
    """Size of the file; what is oldest goes earlier where it would grow above."""

    @model_validator(mode="before")
    @classmethod
    def _a_folder_alone(cls, given: object) -> object:
        """`history="./history"` names the folder, and no more."""
        return {"folder": str(given)} if isinstance(given, str | PurePath) else given


HistoryOrFolder: TypeAlias = Accepts[HistoryConfig, HistoryConfig | str | PurePath]
"""The settings, or only the folder."""
