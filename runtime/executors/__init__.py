"""Executors that come with the runtime: they speak to a model and raise our errors."""

from .completion import Completion
from .openai_compatible import OpenAICompatible

__all__ = ["Completion", "OpenAICompatible"]
