"""What looks at a runtime from outside; see `docs/observability.md`.

A name is loaded at its first use.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .runtime.instrumenting import instrument as instrument
    from .runtime.observability.history.reading import HistoryError as HistoryError
    from .runtime.observability.history.reading import HistoryReader as HistoryReader
    from .runtime.observability.history.reading import open_history as open_history
    from .runtime.observability.history.recent import RecentSeries as RecentSeries
    from .runtime.observability.history.records import AlertRow as AlertRow
    from .runtime.observability.history.records import AuditRow as AuditRow
    from .runtime.observability.history.records import EventRow as EventRow
    from .runtime.observability.history.records import Gap as Gap
    from .runtime.observability.history.records import HistoryStore as HistoryStore
    from .runtime.observability.history.records import RecordKind as RecordKind
    from .runtime.observability.history.records import SeriesPoint as SeriesPoint
else:
    from ._lazily import lazily as _lazily

    # The same names once more, for the interpreter; a test compares the two.
    __all__, __getattr__, __dir__ = _lazily(
        __name__,
        {
            ".runtime.instrumenting": "instrument",
            ".runtime.observability.history.reading": "HistoryError HistoryReader open_history",
            ".runtime.observability.history.recent": "RecentSeries",
            ".runtime.observability.history.records": (
                "AlertRow AuditRow EventRow Gap HistoryStore RecordKind SeriesPoint"
            ),
        },
    )
