"""What a user writes: frozen settings with every default, range and unit."""

from .alerts import AlertsConfig as AlertsConfig
from .breaker import CircuitBreakerConfig as CircuitBreakerConfig
from .bulkhead import BulkheadConfig as BulkheadConfig
from .errors import ConfigurationError as ConfigurationError
from .errors import ResilienceError as ResilienceError
from .group import GroupConfig as GroupConfig
from .health import HealthCheckConfig as HealthCheckConfig
from .model import Isolation as Isolation
from .model import ModelConfig as ModelConfig
from .model import OnCrash as OnCrash
from .rate_limit import RateLimitConfig as RateLimitConfig
from .restart import RestartConfig as RestartConfig
from .restart import RestartType as RestartType
from .retry import Jitter as Jitter
from .retry import RetryConfig as RetryConfig
from .runtime import GlobalConfig as GlobalConfig
from .runtime import RuntimeConfig as RuntimeConfig
from .runtime import WhenAllOut as WhenAllOut
from .strategy import Strategy as Strategy
from .stream import OnInterrupt as OnInterrupt
from .stream import StreamConfig as StreamConfig
