"""Records of the log as lines of JSON: one object a line, for programs that collect them."""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType

import orjson

from ....actors.policies.outcomes.foreign_text import described
from ....config.errors import ResilienceError
from ....config.values.log_fields import EVENT, PREFIX, SPAN_ID, TRACE_ID, LogFormat
from ....config.values.redaction import without_keys

_LONGEST = 8_000
"""Characters of a message."""
_FRAMES = 20
_MOST = 2**53
"""Larger numbers are texts, as not every reader of JSON can hold them."""
_BREAKS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}
"""What JSON allows within a text and some readers take for the end of a line."""
_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class JSONLines(logging.Formatter):
    """`time` (UTC), `level`, `logger`, `event`, `message`, then the fields of the record.

    An exception is its class and where it came from; its text is shown only if it is ours. What
    looks like a key is hidden in every text.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever is in the record."""
        told: dict[str, object] = {
            "time": _utc(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        attributes = vars(record)
        if EVENT in attributes:
            told["event"] = attributes[EVENT]
        told["message"] = _message(record)
        fields = {
            name.removeprefix(PREFIX): _plain(value)
            for name, value in attributes.items()
            if name.startswith(PREFIX)
        }
        told = {**fields, **told}
        for name in (TRACE_ID, SPAN_ID):
            if name in attributes:
                told[name] = attributes[name]
        if record.exc_info and record.exc_info[1] is not None:
            told |= _error(record.exc_info[1], record.exc_info[2])
        line = orjson.dumps(told, default=_by_kind).decode()
        return line.translate(_BREAKS)


def write_to_standard_error(form: LogFormat) -> None:
    """The log of a command: ours from INFO on; of other libraries what needs attention."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = JSONLines() if form is LogFormat.JSON else logging.Formatter(_TEXT)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler])
    logging.getLogger("hive_resilience").setLevel(logging.INFO)


def _utc(created: float) -> str:
    at = datetime.fromtimestamp(created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _message(record: logging.LogRecord) -> str:
    try:
        return _shown(record.getMessage())
    except Exception:  # a record of another's, whose arguments do not fit
        return _shown(str(record.msg))


def _shown(text: str) -> str:
    whole = text[:_LONGEST].encode("utf-8", "replace").decode()
    return without_keys(whole)


def _plain(value: object) -> object:
    if isinstance(value, str):
        return _shown(value)
    if isinstance(value, int) and abs(value) > _MOST:
        return hex(value)[:_LONGEST]
    return value if isinstance(value, int | float) else _by_kind(value)


def _by_kind(value: object) -> object:
    return None if value is None else type(value).__name__


def _error(error: BaseException, trace: TracebackType | None) -> dict[str, object]:
    told: dict[str, object] = {"error_type": type(error).__name__}
    if isinstance(error, ResilienceError):
        told["error"] = _shown(described(error))
    told["stack"] = [
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(trace, limit=-_FRAMES)
    ]
    return told
