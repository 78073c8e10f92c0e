"""`hive-resilience alerts`: from options to an exit code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .operating import asked, say
from .remote import Place, Remote
from .tables import plain, print_lacking, print_table

_ALERTS, _SILENCES = "/admin/alerts", "/admin/silences"
_COLUMNS = ("fingerprint", "alert", "severity", "state", "since", "told on", "text")
_OF_SILENCES = ("silence", "labels", "from", "until", "by", "comment")
_REFUSED = 1

Answer = Mapping[str, Any]


def list_alerts(place: Place, *, as_json: bool) -> int:
    """Every alert that is pending or fires, and every silence."""

    def work(remote: Remote) -> Answer:
        return {**remote.get(_ALERTS), **remote.get(_SILENCES)}

    return asked(place, work, _print_all, as_json)


def acknowledge(place: Place, fingerprint: str, told: Answer, *, as_json: bool) -> int:
    """Say that a person knows."""
    path = f"{_ALERTS}/{fingerprint}/acknowledge"
    return asked(place, lambda remote: remote.post(path, told), _print_alert, as_json)


def silence(place: Place, labels: Sequence[str], told: Answer, *, as_json: bool) -> int:
    """Do not tell alerts with these labels for a while."""
    match: dict[str, str] = {}
    for label in labels:
        name, equals, value = label.partition("=")
        if not equals or not name:
            return say(f"a label is written as name=value, not as {label!r}", _REFUSED)
        match[name] = value
    fields = {**told, "match": match}
    path = f"{_ALERTS}/silence"
    return asked(place, lambda remote: remote.post(path, fields), _print_silence, as_json)


def unsilence(place: Place, silence_id: str, told: Answer, *, as_json: bool) -> int:
    """End a silence."""
    path = f"{_SILENCES}/{silence_id}/end"
    return asked(place, lambda remote: remote.post(path, told), _print_ended, as_json)


def try_channel(place: Place, channel: str, *, as_json: bool) -> int:
    """Send a notification that says nothing; 1 where the first try has failed."""
    failed = False

    def work(remote: Remote) -> Answer:
        nonlocal failed
        found = remote.post(f"{_ALERTS}/test", {"channel": channel})
        failed = found.get("state") != "delivered"
        return found

    code = asked(place, work, _print_delivery, as_json)
    return code or (_REFUSED if failed else 0)


def _print_all(found: Answer) -> None:
    alerts, silences = found["alerts"], found["silences"]
    if alerts:
        print_table(_COLUMNS, (tuple(_cells(alert)) for alert in alerts))
    else:
        print("no alert fires")
    print_lacking(found)
    if silences:
        print_table(_OF_SILENCES, (tuple(_of_silence(one)) for one in silences))


def _cells(alert: Answer) -> Iterator[str]:
    yield alert["fingerprint"]
    yield alert["name"]
    yield alert["severity"]
    yield _state(alert)
    yield _since(alert["since"])
    yield ", ".join(alert["told_on"]) or "-"
    yield alert["text"]


def _state(alert: Answer) -> str:
    state = str(alert["state"])
    if alert.get("acknowledged_by"):
        state += f" by {alert['acknowledged_by']}"
    if alert.get("silenced_by"):
        state += ", silenced"
    if alert.get("is_over"):
        state += ", over"
    if alert.get("inhibited_by"):
        state += ", inhibited"
    if alert.get("told_elsewhere"):
        state += ", told by another process"
    if alert.get("workers"):
        state += f", on worker {', '.join(map(str, alert['workers']))}"
    return state


def _of_silence(one: Answer) -> Iterator[str]:
    yield one["id"]
    yield _labels(one)
    yield _moment(one["starts_at"])
    yield _moment(one["ends_at"])
    yield one["by"]
    yield one["comment"]


def _labels(one: Answer) -> str:
    return ", ".join(f"{name}={value}" for name, value in one["match"].items())


def _since(text: str) -> str:
    seconds = max(0.0, (datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds())
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds // unit:.0f} {name}"
    return f"{seconds:.0f} s"


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).astimezone().isoformat(" ", "seconds")


def _print_alert(found: Answer) -> None:
    print(f"{plain(found['name'])}: {plain(_state(found))}; {plain(found['text'])}")


def _print_silence(found: Answer) -> None:
    until = _moment(found["ends_at"])
    print(f"silence {plain(found['id'])}: {plain(_labels(found))} until {until}")


def _print_ended(found: Answer) -> None:
    print(f"silence {plain(found['id'])} is over: {plain(_labels(found))}")


def _print_delivery(found: Answer) -> None:
    told = "delivered" if found["state"] == "delivered" else f"not delivered: {found['reason']}"
    print(f"{plain(found['channel'])}: {plain(told)}")
