"""What looks at a runtime from outside; see `docs/observability.md`.

A name is loaded at its first use.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .actors.alerting.messages import AlertSnapshot as AlertSnapshot
    from .actors.alerting.messages import SilenceSnapshot as SilenceSnapshot
    from .actors.alerting.notification import AlertView as AlertView
    from .actors.alerting.notification import DeliveryError as DeliveryError
    from .actors.alerting.notification import DeliveryRecord as DeliveryRecord
    from .actors.alerting.notification import DeliveryState as DeliveryState
    from .actors.alerting.notification import Notification as Notification
    from .actors.alerting.notification import NotificationKind as NotificationKind
    from .actors.policies.alerting.machine import AlertState as AlertState
    from .runtime.handles.alerts import AlertsHandle as AlertsHandle
    from .runtime.handles.cluster import ClusterHandle as ClusterHandle
    from .runtime.handles.degradation import DegradationHandle as DegradationHandle
    from .runtime.handles.recovery import RecoveryHandle as RecoveryHandle
    from .runtime.instrumenting import instrument as instrument
    from .runtime.metrics import Collector as Collector
    from .runtime.metrics import metrics_text as metrics_text
    from .runtime.observability.history.reading import HistoryError as HistoryError
    from .runtime.observability.history.reading import HistoryReader as HistoryReader
    from .runtime.observability.history.reading import open_history as open_history
    from .runtime.observability.history.records import AlertRow as AlertRow
    from .runtime.observability.history.records import AuditRow as AuditRow
    from .runtime.observability.history.records import EventRow as EventRow
    from .runtime.observability.history.records import Gap as Gap
    from .runtime.observability.history.records import HistorySource as HistorySource
    from .runtime.observability.history.records import HistoryStore as HistoryStore
    from .runtime.observability.history.records import RecordKind as RecordKind
    from .runtime.observability.history.records import SeriesPoint as SeriesPoint
else:
    from ._lazily import lazily as _lazily

    # The same names once more, for the interpreter; a test compares the two.
    __all__, __getattr__, __dir__ = _lazily(
        __name__,
        {
            ".actors.alerting.messages": "AlertSnapshot SilenceSnapshot",
            ".actors.alerting.notification": (
                "AlertView DeliveryError DeliveryRecord DeliveryState Notification NotificationKind"
            ),
            ".actors.policies.alerting.machine": "AlertState",
            ".runtime.handles.alerts": "AlertsHandle",
            ".runtime.handles.cluster": "ClusterHandle",
            ".runtime.handles.degradation": "DegradationHandle",
            ".runtime.handles.recovery": "RecoveryHandle",
            ".runtime.instrumenting": "instrument",
            ".runtime.metrics": "Collector metrics_text",
            ".runtime.observability.history.reading": "HistoryError HistoryReader open_history",
            ".runtime.observability.history.records": (
                "AlertRow AuditRow EventRow Gap HistorySource HistoryStore RecordKind SeriesPoint"
            ),
        },
    )
