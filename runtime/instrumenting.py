"""Telemetry that a program switches on, in place of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.errors import ConfigurationError
from ..config.settings.observability.telemetry import Semconv, TelemetryConfig
from .observability.switch import made

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from .runtime import Runtime


def instrument(
    runtime: Runtime,
    *,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
    traces: bool = True,
    metrics: bool = True,
    semconv: Semconv | str = Semconv.GENAI_0_1,
    propagate: bool = True,
) -> None:
    """Show the tasks of a runtime to OpenTelemetry, in place of what its settings say of it.

    Before its start. Without providers the global ones are used, which the application sets. What
    the words mean stands in `docs/observability.md`. Raises `RuntimeError` after the start, and
    `ConfigurationError` without the extra `otel` or for an unknown `semconv`.
    """
    config = TelemetryConfig(
        traces=traces, metrics=metrics, semconv=_named(semconv), propagate=propagate
    )
    runtime.use_telemetry(made(config, tracer_provider, meter_provider))


def _named(semconv: str) -> Semconv:
    try:
        return Semconv(semconv)
    except ValueError:
        allowed = ", ".join(Semconv)
        raise ConfigurationError(
            f"semconv is {semconv!r}; there are {allowed}", key="semconv", allowed=allowed
        ) from None
