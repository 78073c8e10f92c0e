"""What people read: made of the closed fields of an alert alone, each text with a limit."""

from __future__ import annotations

from ....actors.alerting.notification import AlertView, Notification, NotificationKind

LONGEST = 1_000
"""Characters of a text about one alert."""
MOST_ALERTS = 10
"""A message for people has so many, and says how many more there are."""

STATES = {
    NotificationKind.FIRING: "Firing",
    NotificationKind.RESOLVED: "Resolved",
    NotificationKind.REPEAT: "Still firing",
    NotificationKind.ESCALATED: "Not acknowledged",
    NotificationKind.TEST: "Test",
}


def one_line(text: str, most: int = LONGEST) -> str:
    """The text without line ends and other characters that a terminal or a header obeys."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return shortened(" ".join(plain.split()), most)


def shortened(text: str, most: int) -> str:
    """The text, or as much of it as fits."""
    return text if len(text) <= most else text[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"


def title_of(notification: Notification) -> str:
    """One line that says what it is about."""
    if notification.notifications > 1:
        return _of_a_digest(notification)
    state = STATES[notification.kind]
    if len(notification.alerts) == 1 and not notification.truncated:
        return f"{state}: {subject_of(notification.alerts[0])}"
    return f"{state}: {len(notification.alerts) + notification.truncated} alerts"


def _of_a_digest(notification: Notification) -> str:
    ended = sum(alert.ended_at is not None for alert in notification.alerts)
    firing = len(notification.alerts) - ended
    more = f", {notification.truncated} more" if notification.truncated else ""
    return f"{notification.notifications} notifications: {firing} firing, {ended} resolved{more}"


def subject_of(alert: AlertView) -> str:
    """The alert in a few words."""
    of = "" if alert.model_id is None else f" of {alert.model_id}"
    return one_line(f"{alert.name}{of} ({alert.severity.value})", 200)


def lines_of(alert: AlertView) -> list[str]:
    """The alert for people: what it is, since when, and where a page says what to do."""
    state = "Firing" if alert.ended_at is None else "Resolved"
    lines = [f"{state}: {subject_of(alert)}", one_line(alert.text)]
    lines.append(f"Since {alert.started_at:%Y-%m-%d %H:%M:%S %Z}".rstrip())
    if alert.ended_at is not None:
        lines[-1] += f", until {alert.ended_at:%Y-%m-%d %H:%M:%S %Z}".rstrip()
    if alert.acknowledged_by is not None:
        lines.append(f"Acknowledged by {one_line(alert.acknowledged_by, 100)}")
    if alert.runbook is not None:
        lines.append(f"What to do: {one_line(alert.runbook, 300)}")
    return lines


def shown(notification: Notification) -> tuple[tuple[AlertView, ...], int]:
    """The alerts that a message for people shows, and how many more there are."""
    alerts = notification.alerts[:MOST_ALERTS]
    return alerts, len(notification.alerts) - len(alerts) + notification.truncated


def text_of(notification: Notification) -> str:
    """The whole of it as plain text."""
    alerts, more = shown(notification)
    parts = ["\n".join(lines_of(alert)) for alert in alerts]
    if notification.kind is NotificationKind.TEST:
        parts.insert(0, "This is a test of the channel.")
    if more:
        parts.append(f"And {more} more.")
    return "\n\n".join(parts)
