"""All our metrics, in one table: name, kind, labels and meaning. The names are a contract."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """Kinds of metrics, as Prometheus has them."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Family(NamedTuple):
    """One metric: `about` says what it means, with the unit; the name of a counter ends in _total.

    `is_optional`: it is left out where there is nothing to tell.
    """

    name: str
    kind: Kind
    labels: tuple[str, ...]
    about: str
    is_optional: bool = False


_C, _G, _H = Kind.COUNTER, Kind.GAUGE, Kind.HISTOGRAM
_MODEL = ("model",)

FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Family("hive_build_info", _G, ("version", "python"), "Always 1; the versions in use."),
        Family(
            "hive_tasks_total",
            _C,
            ("outcome",),
            "Tasks that have ended: success, failure, refused (got no turn) or cancelled.",
        ),
        Family(
            "hive_task_duration_seconds",
            _H,
            (),
            "Seconds that answered and failed tasks took, with all their attempts and waits.",
        ),
        Family("hive_tasks_in_flight", _G, (), "Tasks under way."),
        Family("hive_tasks_waiting", _G, (), "Tasks that wait for their turn or for a free model."),
        Family("hive_dispatched_total", _C, ("strategy",), "Tasks that got a route, by strategy."),
        Family(
            "hive_attempts_total",
            _C,
            ("model", "outcome"),
            "Calls of a model that have ended: success, failure, timeout or cancelled.",
        ),
        Family(
            "hive_attempt_duration_seconds",
            _H,
            ("model", "outcome"),
            "Seconds of calls that succeeded, a stream's to its end; other: failed or timed out.",
        ),
        Family(
            "hive_faults_total", _C, ("model", "fault"), "Failed calls by the kind of the failure."
        ),
        Family(
            "hive_chaos_injected_total",
            _C,
            ("model", "fault"),
            "Calls and actors of the model that chaos experiments have hit, by the fault.",
            is_optional=True,
        ),
        Family("hive_retries_total", _C, _MODEL, "Calls after the first one of a task there."),
        Family(
            "hive_fallbacks_total",
            _C,
            ("from", "to"),
            "Tasks that were meant for one model and answered by another.",
            is_optional=True,
        ),
        Family(
            "hive_hedges_total",
            _C,
            ("model", "result"),
            "Calls beside a silent model: won (the task took the other answer) or lost.",
        ),
        Family(
            "hive_time_to_first_chunk_seconds",
            _H,
            _MODEL,
            "Seconds to the first content of streams that succeeded.",
        ),
        Family(
            "hive_breaker_state",
            _G,
            ("model", "state"),
            "1 for the state of the circuit breaker, 0 for all other states.",
        ),
        Family(
            "hive_breaker_transitions_total",
            _C,
            ("model", "to"),
            "Moves of the circuit breaker to a state.",
        ),
        Family(
            "hive_breaker_not_permitted_total",
            _C,
            _MODEL,
            "Calls that the breaker did not permit, and tasks sent past the model for it.",
        ),
        Family(
            "hive_rejections_total",
            _C,
            ("model", "reason"),
            "Calls that a model did not take, and tasks sent past it, by the reason.",
        ),
        Family(
            "hive_model_status",
            _G,
            ("model", "status"),
            "1 for what to expect of the model, 0 for all other statuses.",
        ),
        Family("hive_calls_under_way", _G, _MODEL, "Calls of the model that have not ended."),
        Family("hive_bulkhead_limit", _G, _MODEL, "Calls that the model may have under way now."),
        Family(
            "hive_bulkhead_limit_configured",
            _G,
            _MODEL,
            "Calls that its settings allow; the limit is lower while it adapts or is lowered.",
        ),
        Family(
            "hive_throttled_ratio",
            _G,
            ("model", "priority"),
            "Share of the calls that is not made as the model refused too many, 0 to 0.9.",
            is_optional=True,
        ),
        Family(
            "hive_quota_remaining",
            _G,
            ("model", "kind"),
            "Requests or tokens that remain of a known rate limit.",
            is_optional=True,
        ),
        Family(
            "hive_retry_budget_ratio",
            _G,
            _MODEL,
            "Share of the retry budget that is there, 0 to 1.",
        ),
        Family("hive_actor_restarts_total", _C, ("actor",), "Restarts of a supervised actor."),
        Family(
            "hive_dead_letters_total",
            _C,
            ("reason",),
            "Messages that reached no actor.",
            is_optional=True,
        ),
        Family(
            "hive_events_dropped_total",
            _C,
            ("subscriber",),
            "Events that a subscriber lost as it was too slow.",
            is_optional=True,
        ),
        Family(
            "hive_tokens_total",
            _C,
            ("model", "direction"),
            "Tokens: input and output; cached are part of input, reasoning of output.",
        ),
        Family(
            "hive_alerts_active",
            _G,
            ("condition", "severity"),
            "Alerts that hold now.",
            is_optional=True,
        ),
        Family(
            "hive_degradation_level",
            _G,
            (),
            "How degraded the fleet is: 0 none, 1 minor, 2 moderate, 3 severe, 4 critical.",
        ),
        Family(
            "hive_remedies_total",
            _C,
            ("outcome",),
            "Remedies of recovery: helped, failed, told (dry run), built_in.",
        ),
        Family(
            "hive_cluster_joined",
            _G,
            (),
            "1 while the owners of the cluster answer this process, 0 while it is alone.",
            is_optional=True,
        ),
        Family(
            "hive_cluster_peers",
            _G,
            (),
            "Processes of the cluster, as far as this one knows.",
            is_optional=True,
        ),
        Family(
            "hive_cluster_exchanges_total",
            _C,
            ("outcome",),
            "Exchanges with the owners: answered or failed.",
            is_optional=True,
        ),
        Family(
            "hive_cluster_exchange_duration_seconds",
            _H,
            (),
            "Seconds until an exchange was answered; no task waits for one.",
            is_optional=True,
        ),
        Family(
            "hive_cluster_share",
            _G,
            _MODEL,
            "Calls of the model that this process may have under way as its share of the cluster.",
            is_optional=True,
        ),
        Family(
            "hive_cluster_owner_changes_total",
            _C,
            (),
            "Times that other owners have begun to answer.",
            is_optional=True,
        ),
        Family(
            "hive_cluster_stale_outcomes_total",
            _C,
            _MODEL,
            "Outcomes that reached the owner too late to count: of another state or life of it.",
            is_optional=True,
        ),
        Family(
            "hive_overhead_seconds",
            _H,
            (),
            "Server only: seconds of a request in which no call of a model was under way.",
            is_optional=True,
        ),
        Family(
            "hive_requests_total",
            _C,
            ("status",),
            "Server only: requests answered, by the class of their status.",
            is_optional=True,
        ),
    )
}

BOUNDS: tuple[float, ...] = tuple(0.01 * 2**doubling for doubling in range(16))
"""Seconds at which the buckets of a histogram end: 10 ms to 327.68 s."""
SHORT_BOUNDS: tuple[float, ...] = tuple(0.01 * 2**doubling for doubling in range(-4, 11))
"""As `BOUNDS`, for the server's own time: 0.625 ms to 10.24 s."""
