"""What Anthropic means by its error types; docs.anthropic.com/en/api/errors."""

from __future__ import annotations

from ...http.faults.meaning import (
    CREDIT,
    EVERYWHERE,
    KEY,
    PASSING,
    PERMISSION,
    QUOTA,
    RATE,
    REQUEST,
    FaultTable,
)

ANTHROPIC_FAULTS = FaultTable(
    codes={
        **EVERYWHERE,
        "billing_error": CREDIT,
        "enforced_spend_limit_reached": QUOTA,
        "account_deactivated": PERMISSION,
    },
    types={
        "authentication_error": KEY,
        "permission_error": PERMISSION,
        "invalid_request_error": REQUEST,
        "rate_limit_error": RATE,
        "overloaded_error": PASSING,
        "api_error": PASSING,
        "timeout_error": PASSING,
    },
)
