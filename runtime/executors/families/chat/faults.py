"""What the servers mean by their codes that speak OpenAI's form; the documentation of each."""

from __future__ import annotations

from ...http.faults.meaning import (
    CREDIT,
    EVERYWHERE,
    KEY,
    LIMIT,
    PASSING,
    PERMISSION,
    QUOTA,
    RATE,
    REFUSED,
    REQUEST,
    UNKNOWN_MODEL,
    FaultTable,
)

_OPENAI = {
    "invalid_api_key": KEY,
    "account_deactivated": PERMISSION,
    "unsupported_country_region_territory": PERMISSION,
    "credit_balance_exhausted": CREDIT,
    "organization_spend_limit_exceeded": QUOTA,
    "project_spend_limit_exceeded": QUOTA,
    "organization_usage_limit_exceeded": QUOTA,
    "rate_limit_exceeded": RATE,
    "slow_down": RATE,
    "server_is_overloaded": PASSING,
    "content_policy": REFUSED,
    "invalid_prompt": REFUSED,
}
"""platform.openai.com/docs/guides/error-codes; help.openai.com/en/articles/6614457"""
_AZURE = {
    "ResponsibleAIPolicyViolation": REFUSED,
    "RateLimitReached": RATE,
    "QuotaExceeded": QUOTA,
    "SubscriptionNotRegistered": PERMISSION,
    "PermissionDenied": PERMISSION,
    "ModelNotFound": UNKNOWN_MODEL,
}
"""learn.microsoft.com/azure/ai-services/openai, reference"""
_GOOGLE = {
    "API_KEY_INVALID": KEY,
    "ACCESS_TOKEN_EXPIRED": KEY,
    "CREDENTIALS_MISSING": KEY,
    "UNAUTHENTICATED": KEY,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": PERMISSION,
    "API_KEY_SERVICE_BLOCKED": PERMISSION,
    "CONSUMER_SUSPENDED": PERMISSION,
    "SERVICE_DISABLED": PERMISSION,
    "BILLING_DISABLED": CREDIT,
    "RATE_LIMIT_EXCEEDED": RATE,
}
"""cloud.google.com, google.rpc.ErrorInfo; ai.google.dev/gemini-api/docs/troubleshooting"""
_OTHERS = {
    "exceeded_current_quota_error": CREDIT,  # Moonshot
    "Arrearage": CREDIT,  # Alibaba
    "AllocationQuota.FreeTierOnly": QUOTA,
    "invalid_authentication_error": KEY,
    "InvalidApiKey": KEY,
    "data_inspection_failed": REFUSED,
    "DataInspectionFailed": REFUSED,
    "openrouter_credits": CREDIT,
    "openrouter_key_limit": QUOTA,
    "exceed_context_size_error": LIMIT,  # llama.cpp
    "context_window_exceeded": LIMIT,
    "token_limit_exceeded": LIMIT,
    "string_too_long": LIMIT,
    "1113": CREDIT,  # Zhipu
    "1301": REFUSED,
}
"""Those of OpenRouter: openrouter.ai/docs/errors"""
_TYPES = {
    "authentication_error": KEY,
    "permission_error": PERMISSION,
    "invalid_request_error": REQUEST,
    "BadRequestError": REQUEST,
    "rate_limit_error": RATE,
    "RESOURCE_EXHAUSTED": RATE,
    "PERMISSION_DENIED": PERMISSION,
    "INVALID_ARGUMENT": REQUEST,
}

OPENAI_FAULTS = FaultTable(
    codes={**EVERYWHERE, **_OPENAI, **_AZURE, **_GOOGLE, **_OTHERS},
    pairs={
        # Groq: the request alone is above the tokens of a minute, and will be for ever.
        (413, "rate_limit_exceeded"): LIMIT,
        (403, "moderation"): REFUSED,
        (402, "insufficient_quota"): CREDIT,
    },
    types=_TYPES,
)
