"""Switches telemetry on: by the settings, or by a program. OpenTelemetry is imported only then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ...actors.execution.hook import TaskHook
from ...config.errors import ConfigurationError
from ...config.settings.telemetry import Semconv, TelemetryConfig

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider


class Instrumentable(Protocol):
    """A `Runtime`."""

    def use_telemetry(self, telemetry: TaskHook) -> None:
        """Begin with it."""
        ...


def instrument(
    runtime: Instrumentable,
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
    runtime.use_telemetry(_made(config, tracer_provider, meter_provider))


def telemetry_of(config: TelemetryConfig) -> TaskHook | None:
    """What the settings ask for; None: nothing. Raises `ConfigurationError` without the extra."""
    return _made(config) if config.traces or config.metrics else None


def _named(semconv: str) -> Semconv:
    try:
        return Semconv(semconv)
    except ValueError:
        allowed = ", ".join(Semconv)
        raise ConfigurationError(
            f"semconv is {semconv!r}; there are {allowed}", key="semconv", allowed=allowed
        ) from None


def _made(
    config: TelemetryConfig,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
) -> TaskHook:
    try:
        from .telemetry.telemetry import Telemetry
    except ImportError as error:
        raise ConfigurationError(
            "telemetry needs opentelemetry-api: pip install 'hive-resilience[otel]'",
            key="telemetry",
        ) from error
    return Telemetry(config, tracer_provider, meter_provider)
