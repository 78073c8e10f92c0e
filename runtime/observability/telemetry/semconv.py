"""The names of GenAI spans and metrics, in both generations: the one table of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from ....config.settings.observability.telemetry import Semconv
from ....config.values.families import Family, family_of
from ....config.values.redaction import without_keys


class Names(NamedTuple):
    """The names that differ. A name without text is of something that a generation has not."""

    duration: str
    """Of a whole inference."""
    other_duration: str
    """Of what is none: embeddings."""
    first_chunk: str
    per_chunk: str
    input_tokens: str
    output_tokens: str
    cache_read: str
    cache_write: str
    reasoning: str
    token_usage: str
    """One histogram for the tokens of both kinds, in place of counters."""
    span_cache_write: str


_OPERATION = "gen_ai.client.operation."
_INFERENCE = "gen_ai.client.inference."
_USAGE = f"{_INFERENCE}usage."
NAMES: Mapping[Semconv, Names] = {
    Semconv.GENAI_0_1: Names(
        duration=f"{_INFERENCE}duration",
        other_duration=f"{_OPERATION}duration",
        first_chunk=f"{_INFERENCE}time_to_first_chunk",
        per_chunk=f"{_INFERENCE}time_per_output_chunk",
        input_tokens=f"{_USAGE}input_tokens",
        output_tokens=f"{_USAGE}output_tokens",
        cache_read=f"{_USAGE}cache_read.input_tokens",
        cache_write=f"{_USAGE}cache_write.input_tokens",
        reasoning=f"{_USAGE}reasoning.output_tokens",
        token_usage="",
        span_cache_write="gen_ai.usage.cache_write.input_tokens",
    ),
    Semconv.GENAI_1_41: Names(
        duration=f"{_OPERATION}duration",
        other_duration=f"{_OPERATION}duration",
        first_chunk=f"{_OPERATION}time_to_first_chunk",
        per_chunk=f"{_OPERATION}time_per_output_chunk",
        input_tokens="",
        output_tokens="",
        cache_read="",
        cache_write="",
        reasoning="",
        token_usage="gen_ai.client.token.usage",
        span_cache_write="gen_ai.usage.cache_creation.input_tokens",
    ),
}

OPERATION, PROVIDER = "gen_ai.operation.name", "gen_ai.provider.name"
REQUEST_MODEL, RESPONSE_MODEL = "gen_ai.request.model", "gen_ai.response.model"
FINISH_REASONS = "gen_ai.response.finish_reasons"
ADDRESS, PORT = "server.address", "server.port"
ERROR_TYPE = "error.type"
TOKEN_TYPE, MODALITY = "gen_ai.token.type", "gen_ai.token.modality"
SPAN_INPUT, SPAN_OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
SPAN_CACHE_READ = "gen_ai.usage.cache_read.input_tokens"
SPAN_REASONING = "gen_ai.usage.reasoning.output_tokens"

SECONDS = tuple(0.01 * 2**k for k in range(14))
"""The buckets of durations: 0.01 doubled to 81.92."""
TOKENS = tuple(float(4**k) for k in range(14))
"""The buckets of tokens: 1, 4, 16 ... 4^13."""

EMBEDDINGS = "embeddings"
_OPERATIONS: Mapping[Family, str] = {
    Family.CHAT: "chat",
    Family.MESSAGE: "chat",
    Family.RESPONSE: "chat",
    Family.TEXT_COMPLETION: "text_completion",
    Family.EMBEDDING: EMBEDDINGS,
}
OPERATIONS = frozenset(_OPERATIONS.values())
_PROVIDERS: Mapping[str, str] = {
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "anthropic_bedrock": "aws.bedrock",
    "anthropic_vertex": "gcp.vertex_ai",
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
    "mistral": "mistral_ai",
    "vertex": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "xai": "x_ai",
}
_NAME = re.compile(r"[\w.:/@+\- ]{1,200}")
_REASON = re.compile(r"[A-Za-z_]{1,40}")


def operation_of(kind: str) -> str | None:
    """The operation that a task of this type is; None: the conventions have none for it.

    >>> operation_of("chat"), operation_of("embedding"), operation_of("rerank")
    ('chat', 'embeddings', None)
    """
    return _OPERATIONS.get(family_of(kind))


def provider_name(told: str | None) -> str:
    """The conventions' word for a provider; a server in OpenAI's form is `openai`.

    >>> provider_name("azure"), provider_name("groq"), provider_name(None)
    ('azure.ai.openai', 'groq', 'openai')
    """
    return _PROVIDERS.get(told or "", told or "openai")


@lru_cache(1024)
def _is_a_name(told: str) -> bool:
    """Asked for each call, of few names."""
    return _NAME.fullmatch(told) is not None and without_keys(told) == told


def a_name(told: object) -> str | None:
    """A server's word for its model, if it looks like the name of one.

    >>> a_name("gpt-5-2026-10-01"), a_name("what? <script>"), a_name("sk-live-123456")
    ('gpt-5-2026-10-01', None, None)
    """
    return told if isinstance(told, str) and _is_a_name(told) else None


def a_reason(told: object) -> str | None:
    """A server's word for the end of an answer, if it looks like one."""
    return told if isinstance(told, str) and _REASON.fullmatch(told) else None
