"""The ids of the current span, for records of the log."""

from __future__ import annotations

from opentelemetry.trace import format_span_id, format_trace_id, get_current_span


def ids_here() -> tuple[str, str] | None:
    """The ids of trace and span, in hexadecimal; None: no span is current here."""
    found = get_current_span().get_span_context()
    if not found.is_valid:
        return None
    return format_trace_id(found.trace_id), format_span_id(found.span_id)
