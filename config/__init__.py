"""What a user writes: frozen settings with every default, range and unit."""

from .errors import ConfigurationError as ConfigurationError
from .errors import ResilienceError as ResilienceError
from .settings.alerts import AlertsConfig as AlertsConfig
from .settings.breaker import CircuitBreakerConfig as CircuitBreakerConfig
from .settings.bulkhead import BulkheadConfig as BulkheadConfig
from .settings.failure_if import FailureIfConfig as FailureIfConfig
from .settings.group import GroupConfig as GroupConfig
from .settings.health import HealthCheckConfig as HealthCheckConfig
from .settings.model import Isolation as Isolation
from .settings.model import ModelConfig as ModelConfig
from .settings.model import OnCrash as OnCrash
from .settings.rate_limit import RateLimitConfig as RateLimitConfig
from .settings.restart import RestartConfig as RestartConfig
from .settings.restart import RestartType as RestartType
from .settings.retry import Jitter as Jitter
from .settings.retry import RetryConfig as RetryConfig
from .settings.runtime import GlobalConfig as GlobalConfig
from .settings.runtime import RuntimeConfig as RuntimeConfig
from .settings.runtime import WhenNoneAvailable as WhenNoneAvailable
from .settings.strategy import RouteRequestErrors as RouteRequestErrors
from .settings.strategy import Strategy as Strategy
from .settings.stream import OnInterrupt as OnInterrupt
from .settings.stream import StreamConfig as StreamConfig
