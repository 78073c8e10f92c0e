"""Executors that come with the runtime: they speak to a model and raise our errors."""

from .anthropic_client import AnthropicClient
from .chunk import Chunk
from .completion import Completion
from .openai_client import OpenAIClient
from .openai_compatible import OpenAICompatible

__all__ = ["AnthropicClient", "Chunk", "Completion", "OpenAIClient", "OpenAICompatible"]
