"""Which page says what to do about an alert."""

from __future__ import annotations

PAGES = frozenset(
    {
        *("circuit_open", "degraded_mode", "error_rate", "history_failing", "misconfigured"),
        *("model_quarantined", "model_unavailable", "model_unknown", "no_usable_model", "slow"),
        *("burn_rate", "high_error_rate", "slow_responses"),
    }
)
"""The pages in `docs/runbooks`."""

FOLDER = "docs/runbooks"


def runbook_of(name: str, base: str = FOLDER) -> str | None:
    """Where the page of a condition or a rule is; None: there is none, as for a user's own rule.

    >>> runbook_of("circuit_open"), runbook_of("burn_rate_fast"), runbook_of("my_rule")
    ('docs/runbooks/circuit_open.md', 'docs/runbooks/burn_rate.md', None)
    """
    page = "burn_rate" if name.startswith("burn_rate") else name
    return f"{base.rstrip('/')}/{page}.md" if page in PAGES else None
