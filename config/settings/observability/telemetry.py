"""Settings of telemetry: what goes to OpenTelemetry."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from ...base import Settings
from ...values.accepts import Named, default
from ...values.values import SWITCH


class Semconv(StrEnum):
    """A generation of the GenAI conventions, by the release that names it."""

    GENAI_0_1 = "genai-0.1"
    """Those of `semantic-conventions-genai` since 0.1: `gen_ai.client.inference.*`."""
    GENAI_1_41 = "genai-1.41"
    """The last within the general conventions: `gen_ai.client.operation.*`, `token.usage`."""


class TelemetryConfig(Settings):
    """What goes to OpenTelemetry, of which the application brings the SDK; needs the extra `otel`.

    A change holds from the next start of the runtime.
    """

    traces: Annotated[bool, SWITCH] = False
    """Whether each task has a span, and below it each attempt has one."""
    metrics: Annotated[bool, SWITCH] = False
    """Whether calls of our own HTTP executors are counted as the GenAI conventions say, and the
    families of `/metrics` are offered as instruments too."""
    semconv: Named[Semconv] = default(Semconv.GENAI_0_1)
    """Which names spans and metrics of GenAI calls have."""
    propagate: Annotated[bool, SWITCH] = True
    """Whether requests of our own HTTP executors carry `traceparent`, with `traces`."""
