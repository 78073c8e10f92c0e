"""Switches telemetry on. OpenTelemetry is imported only then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ...actors.task_hook import TaskHook
from ...config.errors import ConfigurationError
from ...config.settings.observability.telemetry import TelemetryConfig
from .watching import Part

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider


class RuntimeTelemetry(TaskHook, Protocol):
    """The hooks of one runtime, and what runs beside its fleet for them."""

    @property
    def part(self) -> Part | None:
        """Reads the books of the fleet for its metrics, with `metrics`."""
        ...


def parts_of(telemetry: RuntimeTelemetry | None) -> tuple[Part, ...]:
    """What runs beside the fleet."""
    part = None if telemetry is None else telemetry.part
    return () if part is None else (part,)


def telemetry_of(config: TelemetryConfig) -> RuntimeTelemetry | None:
    """What the settings ask for; None: nothing. Raises `ConfigurationError` without the extra."""
    return made(config) if config.traces or config.metrics else None


def made(
    config: TelemetryConfig,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
) -> RuntimeTelemetry:
    """The telemetry. Raises `ConfigurationError` without the extra."""
    try:
        from .telemetry.telemetry import Telemetry
    except ImportError as error:
        raise ConfigurationError(
            "telemetry needs opentelemetry-api: pip install 'hive-resilience[otel]'",
            key="telemetry",
        ) from error
    return Telemetry(config, tracer_provider, meter_provider)
