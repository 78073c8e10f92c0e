"""Executors that come with the runtime: they speak to a model and raise our errors."""

from .anthropic.client import AnthropicClient
from .http.chunk import Chunk
from .http.completion import Completion
from .openai.client import OpenAIClient
from .openai.compatible import OpenAICompatible

__all__ = ["AnthropicClient", "Chunk", "Completion", "OpenAIClient", "OpenAICompatible"]
