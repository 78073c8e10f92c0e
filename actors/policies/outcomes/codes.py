"""What the constants mean that providers name their errors with.

Codes say more than the status they come with: a used-up quota is a 429 that no waiting heals. They
stand in fields; no rule reads them out of a text, since an answer may quote what the user wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .fault import Fault

UNKNOWN_MODEL = frozenset(
    {
        "model_not_found",
        "model_not_available",
        "model_decommissioned",
        "unknown_model",
        "unavailable_model",
        "DeploymentNotFound",
    }
)
"""The server does not have the model, or not for this account: no task can succeed there."""

_TOO_LARGE = (
    "context_length_exceeded",
    "string_above_max_length",
    "request_too_large",
    "tokens_limit_reached",
)
_UNKNOWN_PARAMETER = ("unsupported_parameter", "unsupported_value", "unknown_parameter")

FAULT_OF_CODE: Mapping[str, Fault] = MappingProxyType(
    {
        "insufficient_quota": Fault.UNAUTHORIZED,
        "billing_hard_limit_reached": Fault.UNAUTHORIZED,
        "billing_not_active": Fault.UNAUTHORIZED,
        "content_policy_violation": Fault.CONTENT_REFUSED,
        "content_filter": Fault.CONTENT_REFUSED,
        **dict.fromkeys((*_TOO_LARGE, *_UNKNOWN_PARAMETER, *UNKNOWN_MODEL), Fault.MODEL_LIMIT),
    }
)
"""The codes that mean the same wherever they come from."""
