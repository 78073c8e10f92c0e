"""Many notifications as one: the last word on each of their alerts, and how many they were."""

from __future__ import annotations

from hashlib import sha256

from ....actors.alerting.notification import AlertView, Notification, NotificationKind

GROUP = "digest"


def as_one(notifications: tuple[Notification, ...]) -> Notification:
    """The notification itself, or a digest: the same one for the same notifications.

    Alerts that fire come first.
    """
    if len(notifications) == 1:
        return notifications[0]
    alerts: dict[str, AlertView] = {}
    for notification in notifications:
        for alert in notification.alerts:
            alerts.pop(alert.fingerprint, None)
            alerts[alert.fingerprint] = alert
    firing = [alert for alert in alerts.values() if alert.ended_at is None]
    ended = [alert for alert in alerts.values() if alert.ended_at is not None]
    ids = "\n".join(notification.id for notification in notifications)
    return Notification(
        id=f"digest-{sha256(ids.encode()).hexdigest()[:24]}",
        channel=notifications[0].channel,
        kind=NotificationKind.FIRING if firing else NotificationKind.RESOLVED,
        group=GROUP,
        labels=_shared(notifications),
        alerts=(*firing, *ended),
        others=tuple(key for notification in notifications for key in notification.others),
        notifications=sum(notification.notifications for notification in notifications),
    )


def _shared(notifications: tuple[Notification, ...]) -> dict[str, str]:
    first, *others = notifications
    return {
        key: value
        for key, value in first.labels.items()
        if all(other.labels.get(key) == value for other in others)
    }
