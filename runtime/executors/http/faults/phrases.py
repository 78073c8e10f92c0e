"""Fixed phrases by which known providers say what no code of theirs says, each with its source.

They are looked for in a server's own words alone, after everything that the caller wrote has been
struck out of these: a prompt about credit is no empty account. One phrase of each provider is
enough; what a code says is in the tables of the families.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .meaning import CREDIT, KEY, LIMIT, PERMISSION, QUOTA, REFUSED, UNKNOWN_MODEL, Meaning


class Phrase(NamedTuple):
    """A piece of a message, in lower case and with one space between words; where it is from."""

    words: str
    meaning: Meaning
    source: str


PHRASES = (
    # Nothing is left to pay with.
    Phrase("credit balance is too low", CREDIT, "Anthropic: anthropic-sdk-python#818"),
    Phrase("used all available credits", CREDIT, "xAI: continuedev/continue#10373"),
    Phrase("run out of credits", CREDIT, "xAI: Wei-Shaw/sub2api#4069"),
    Phrase("insufficient credits", CREDIT, "OpenRouter: openrouter.ai/docs/errors"),
    Phrase("requires more credits", CREDIT, "OpenRouter: openrouter.ai/docs/errors"),
    Phrase(
        "insufficient balance", CREDIT, "DeepSeek: api-docs.deepseek.com/quick_start/error_codes"
    ),
    Phrase("balance is insufficient", CREDIT, "SiliconFlow: docs.siliconflow.cn, error codes"),
    Phrase(
        "account is in good standing", CREDIT, "Alibaba: help.aliyun.com/en/model-studio/error-code"
    ),
    Phrase("suspended, possibly due to reaching", CREDIT, "Fireworks: amd/gaia#3766"),
    Phrase("is suspended, please check your plan", CREDIT, "Moonshot: forum.moonshot.ai/t/111"),
    Phrase("credit limit exceeded", CREDIT, "Together: docs.together.ai/docs/error-codes"),
    Phrase("exceeded your monthly included credits", CREDIT, "Hugging Face: huggingface_hub#2971"),
    Phrase(
        "prepayment credits are depleted", CREDIT, "Google: ai.google.dev/gemini-api/docs/billing"
    ),
    Phrase("billing is not active", CREDIT, "OpenAI: platform.openai.com/docs/guides/error-codes"),
    # A limit of use or of spending is reached.
    Phrase(
        "exceeded your current quota, please check your plan", QUOTA, "OpenAI, W&B: docs.wandb.ai"
    ),
    Phrase("reached your specified api usage limits", QUOTA, "Anthropic: claude-code#2127"),
    Phrase("reached its monthly spending limit", QUOTA, "xAI: continuedev/continue#10740"),
    Phrase("key limit exceeded", QUOTA, "OpenRouter: openrouter.ai/docs/api/reference/limits"),
    Phrase("exceeded its spending cap", QUOTA, "Google: ai.google.dev/gemini-api/docs/billing"),
    Phrase(
        "free tier of the model has been exhausted", QUOTA, "Alibaba: help.aliyun.com, error codes"
    ),
    # The key.
    Phrase("api key not valid", KEY, "Google: google-gemini/gemini-cli#25198"),
    Phrase("api key not found", KEY, "Google: google-gemini/gemini-cli#25198"),
    Phrase("api key expired", KEY, "Google: ai.google.dev/gemini-api/docs/troubleshooting"),
    Phrase("incorrect api key provided", KEY, "OpenAI, xAI: platform.openai.com, error codes"),
    Phrase("invalid api key", KEY, "Groq, Together: console.groq.com/docs/errors"),
    Phrase("authentication fails", KEY, "DeepSeek: api-docs.deepseek.com/quick_start/error_codes"),
    # What it may do.
    Phrase(
        "location is not supported for the api use", PERMISSION, "Google: gemini docs, locations"
    ),
    Phrase(
        "organization has been disabled", PERMISSION, "Anthropic: docs.anthropic.com/en/api/errors"
    ),
    Phrase("country, region, or territory not supported", PERMISSION, "OpenAI: error codes"),
    # What this model cannot take.
    Phrase("maximum context length", LIMIT, "OpenAI, vLLM, OpenRouter, DeepSeek: vllm#37011"),
    Phrase("exceeds the context window", LIMIT, "OpenAI: pi-mono, ai/src/utils/overflow.ts"),
    Phrase("context window exceeds limit", LIMIT, "MiniMax: pi-mono, overflow.ts"),
    Phrase("prompt is too long", LIMIT, "Anthropic: docs.anthropic.com/en/api/errors"),
    Phrase("exceed context limit", LIMIT, "Anthropic: docs.anthropic.com, context windows"),
    Phrase("maximum allowed number of output tokens", LIMIT, "Anthropic: messages, max_tokens"),
    Phrase("exceeds the maximum number of tokens allowed", LIMIT, "Google: pi-mono, overflow.ts"),
    Phrase("maximum prompt length is", LIMIT, "xAI: pi-mono, overflow.ts"),
    Phrase("reduce the length of the messages", LIMIT, "Groq: console.groq.com/docs/errors"),
    Phrase("exceeds the available context size", LIMIT, "llama.cpp: ggml-org/llama.cpp#17284"),
    Phrase("context size has been exceeded", LIMIT, "llama.cpp: ggml-org/llama.cpp#19774"),
    Phrase("too large for model with", LIMIT, "Mistral: docs.mistral.ai, context size"),
    Phrase("exceeded model token limit", LIMIT, "Moonshot: pi-mono, overflow.ts"),
    Phrase("longer than the model's context length", LIMIT, "SGLang: sgl-project/sglang"),
    Phrase("exceeds the maximum allowed length", LIMIT, "SGLang: sgl-project/sglang"),
    Phrase("greater than the context length", LIMIT, "LM Studio: pi-mono, overflow.ts"),
    Phrase(
        "range of input length should be", LIMIT, "Alibaba: help.aliyun.com/document_detail/610266"
    ),
    Phrase("unsupported parameter", LIMIT, "OpenAI: platform.openai.com/docs/guides/reasoning"),
    Phrase("unrecognized request argument", LIMIT, "OpenAI, Azure: openai-python"),
    Phrase(
        "extra inputs are not permitted", LIMIT, "Anthropic, Mistral: pydantic, extra_forbidden"
    ),
    Phrase("is not supported with this model", LIMIT, "OpenAI: reasoning models"),
    Phrase("not supported by this model", LIMIT, "OpenAI, Groq"),
    Phrase("does not support", LIMIT, "Groq, Ollama: this model does not support tools, images"),
    Phrase("no endpoints found that support", LIMIT, "OpenRouter: docs, provider routing"),
    Phrase("is not a multimodal model", LIMIT, "vLLM: vllm, multimodal inputs"),
    Phrase("image input is not supported", LIMIT, "llama.cpp: tools/server, multimodal"),
    # A model that the server does not have.
    Phrase("model not exist", UNKNOWN_MODEL, "DeepSeek: api-docs.deepseek.com"),
    Phrase("model not found", UNKNOWN_MODEL, "Fireworks, Together, Ollama"),
    Phrase("invalid model", UNKNOWN_MODEL, "Mistral: code 1500; Perplexity"),
    Phrase("is not a valid model id", UNKNOWN_MODEL, "OpenRouter: openrouter.ai/docs/errors"),
    Phrase("no endpoints found for", UNKNOWN_MODEL, "OpenRouter: docs, provider routing"),
    Phrase("try pulling it first", UNKNOWN_MODEL, "Ollama: ollama/server/routes.go"),
    Phrase("has been decommissioned", UNKNOWN_MODEL, "Groq: console.groq.com/docs/deprecations"),
    # What it will not answer.
    Phrase("requires moderation and your input was flagged", REFUSED, "OpenRouter: docs, errors"),
    Phrase("content violates usage guidelines", REFUSED, "xAI: docs.x.ai"),
    Phrase("content exists risk", REFUSED, "DeepSeek: api-docs.deepseek.com"),
    Phrase("output blocked by content filtering policy", REFUSED, "Anthropic: claude-code issues"),
    Phrase("flagged as potentially violating", REFUSED, "OpenAI: reasoning models, invalid_prompt"),
)
"""The first that fits counts."""

_MODEL = re.compile(
    r"^model: |\bmodel\b.{0,120}\b(?:does not exist|is not found|not found)\b|"
    r"^models/.{1,120} is not found"
)
"""They name the model: Anthropic; OpenAI, vLLM, SGLang, Ollama, xAI; Google."""


def meaning_of(words: str) -> Meaning | None:
    """What a server's words mean, the caller's own struck out of them; None: they are not known.

    >>> meaning_of("Your credit  balance is too low to go on").reason
    'credit'
    """
    words = " ".join(words.lower().split())
    for phrase in PHRASES:
        if phrase.words in words:
            return phrase.meaning
    return UNKNOWN_MODEL if _MODEL.search(words) else None
