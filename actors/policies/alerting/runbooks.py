"""Which page says what to do about an alert."""

from __future__ import annotations

PAGES = frozenset(
    {
        *("circuit_open", "degraded_mode", "error_rate", "history_failing", "misconfigured"),
        *("model_quarantined", "model_unavailable", "model_unknown", "no_usable_model", "slow"),
        *("burn_rate", "circuits_open", "high_response_time", "low_success_rate", "rule"),
        *("recovery_gave_up", "cluster_lost", "owner_changes"),
        # Of the rules that exist in Prometheus alone (`contrib/prometheus`).
        *("actor_restarts", "dead_letters", "events_dropped", "model_full", "queue_full"),
        "retry_budget",
    }
)
"""The pages in `docs/runbooks`."""

FOLDER = "docs/runbooks"


def runbook_of(name: str, base: str = FOLDER) -> str:
    """Where the page of a condition or a rule is; a rule of a user's own has one for all of them.

    >>> runbook_of("circuit_open"), runbook_of("burn_rate_fast"), runbook_of("my_rule")
    ('docs/runbooks/circuit_open.md', 'docs/runbooks/burn_rate.md', 'docs/runbooks/rule.md')
    """
    page = "burn_rate" if name.startswith("burn_rate_") else name
    return f"{base.rstrip('/')}/{page if page in PAGES else 'rule'}.md"
