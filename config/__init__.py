"""The settings that a user writes: frozen, with every default, range and unit.

A name is loaded at its first use.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .export.dump import dump_config as dump_config
    from .loading.load import load_config as load_config
    from .settings.adaptation.adaptive_limit import AdaptiveLimitConfig as AdaptiveLimitConfig
    from .settings.adaptation.adaptive_limit import LimitRule as LimitRule
    from .settings.adaptation.degradation import DegradationConfig as DegradationConfig
    from .settings.adaptation.degradation import LevelActionsConfig as LevelActionsConfig
    from .settings.adaptation.degradation import LevelsConfig as LevelsConfig
    from .settings.adaptation.degradation import StaleCacheConfig as StaleCacheConfig
    from .settings.adaptation.recovery import RecoveryConfig as RecoveryConfig
    from .settings.adaptation.sheddable import Sheddable as Sheddable
    from .settings.adaptation.throttle import ThrottleConfig as ThrottleConfig
    from .settings.breaker import CircuitBreakerConfig as CircuitBreakerConfig
    from .settings.bulkhead import BulkheadConfig as BulkheadConfig
    from .settings.chaos import ChaosConfig as ChaosConfig
    from .settings.distribution.cluster import Alone as Alone
    from .settings.distribution.cluster import ClusterConfig as ClusterConfig
    from .settings.distribution.cluster import LinkPlace as LinkPlace
    from .settings.distribution.cluster import Scope as Scope
    from .settings.distribution.ray import RayConfig as RayConfig
    from .settings.failure_if import FailureIfConfig as FailureIfConfig
    from .settings.group import GroupConfig as GroupConfig
    from .settings.health import HealthCheckConfig as HealthCheckConfig
    from .settings.model import Isolation as Isolation
    from .settings.model import ModelConfig as ModelConfig
    from .settings.model import OnCrash as OnCrash
    from .settings.observability.alert_routes import AlertInhibitionConfig as AlertInhibitionConfig
    from .settings.observability.alert_routes import AlertRouteConfig as AlertRouteConfig
    from .settings.observability.alert_rules import AlertOperator as AlertOperator
    from .settings.observability.alert_rules import AlertRuleConfig as AlertRuleConfig
    from .settings.observability.alerts import AlertsConfig as AlertsConfig
    from .settings.observability.channels import (
        AlertmanagerChannelConfig as AlertmanagerChannelConfig,
    )
    from .settings.observability.channels import AppriseChannelConfig as AppriseChannelConfig
    from .settings.observability.channels import CallbackChannelConfig as CallbackChannelConfig
    from .settings.observability.channels import EmailChannelConfig as EmailChannelConfig
    from .settings.observability.channels import LogChannelConfig as LogChannelConfig
    from .settings.observability.channels import PagerDutyChannelConfig as PagerDutyChannelConfig
    from .settings.observability.channels import SlackChannelConfig as SlackChannelConfig
    from .settings.observability.channels import WebhookChannelConfig as WebhookChannelConfig
    from .settings.observability.history import HistoryConfig as HistoryConfig
    from .settings.observability.telemetry import Semconv as Semconv
    from .settings.observability.telemetry import TelemetryConfig as TelemetryConfig
    from .settings.prices import PricesConfig as PricesConfig
    from .settings.rate_limit import RateLimitConfig as RateLimitConfig
    from .settings.restart import RestartConfig as RestartConfig
    from .settings.restart import RestartType as RestartType
    from .settings.retry import Jitter as Jitter
    from .settings.retry import RetryConfig as RetryConfig
    from .settings.retry_budget import RetryBudgetConfig as RetryBudgetConfig
    from .settings.runtime import GlobalConfig as GlobalConfig
    from .settings.runtime import RuntimeConfig as RuntimeConfig
    from .settings.runtime import WhenNoneAvailable as WhenNoneAvailable
    from .settings.strategy import RouteRequestErrors as RouteRequestErrors
    from .settings.strategy import Strategy as Strategy
    from .settings.stream import OnInterrupt as OnInterrupt
    from .settings.stream import StreamConfig as StreamConfig
    from .values.families import Family as Family
else:
    from .._lazily import lazily as _lazily

    # The same names once more, for the interpreter; a test compares the two.
    __all__, __getattr__, __dir__ = _lazily(
        __name__,
        {
            ".export.dump": "dump_config",
            ".loading.load": "load_config",
            ".settings.observability.alert_routes": "AlertInhibitionConfig AlertRouteConfig",
            ".settings.adaptation.degradation": (
                "DegradationConfig LevelActionsConfig LevelsConfig StaleCacheConfig"
            ),
            ".settings.adaptation.recovery": "RecoveryConfig",
            ".settings.adaptation.sheddable": "Sheddable",
            ".settings.observability.alert_rules": "AlertOperator AlertRuleConfig",
            ".settings.observability.channels": (
                "AlertmanagerChannelConfig AppriseChannelConfig CallbackChannelConfig "
                "EmailChannelConfig LogChannelConfig PagerDutyChannelConfig SlackChannelConfig "
                "WebhookChannelConfig"
            ),
            ".settings.observability.alerts": "AlertsConfig",
            ".settings.adaptation.adaptive_limit": "AdaptiveLimitConfig LimitRule",
            ".settings.adaptation.throttle": "ThrottleConfig",
            ".settings.breaker": "CircuitBreakerConfig",
            ".settings.bulkhead": "BulkheadConfig",
            ".settings.chaos": "ChaosConfig",
            ".settings.distribution.cluster": "Alone ClusterConfig LinkPlace Scope",
            ".settings.failure_if": "FailureIfConfig",
            ".settings.group": "GroupConfig",
            ".settings.health": "HealthCheckConfig",
            ".settings.model": "Isolation ModelConfig OnCrash",
            ".settings.observability.history": "HistoryConfig",
            ".settings.prices": "PricesConfig",
            ".settings.rate_limit": "RateLimitConfig",
            ".settings.distribution.ray": "RayConfig",
            ".settings.restart": "RestartConfig RestartType",
            ".settings.retry": "Jitter RetryConfig",
            ".settings.retry_budget": "RetryBudgetConfig",
            ".settings.runtime": "GlobalConfig RuntimeConfig WhenNoneAvailable",
            ".settings.strategy": "RouteRequestErrors Strategy",
            ".settings.stream": "OnInterrupt StreamConfig",
            ".settings.observability.telemetry": "Semconv TelemetryConfig",
            ".values.families": "Family",
        },
    )
