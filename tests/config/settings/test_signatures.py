"""`help` shows settings by their Python names."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from hive_resilience import CircuitBreakerConfig, ModelConfig
from hive_resilience.config.base import Settings


def kinds(above: type[Settings] = Settings) -> list[type[Settings]]:
    return [kind for one in above.__subclasses__() for kind in (one, *kinds(one))]


@pytest.mark.parametrize("kind", kinds())
def test_a_signature_has_every_setting_by_its_python_name(kind: type[Settings]) -> None:
    assert list(inspect.signature(kind).parameters) == list(kind.model_fields)


def test_a_signature_has_plain_types_and_defaults() -> None:
    text = str(inspect.signature(CircuitBreakerConfig))

    assert text.startswith("(*, failure_threshold: int = 5, failure_rate: float = 0.5, ")
    assert "circuit_breaker: hive_resilience" in str(inspect.signature(ModelConfig))
    assert "CircuitBreakerConfig = CircuitBreakerConfig()" in str(inspect.signature(ModelConfig))


def test_it_is_the_same_before_the_first_use_of_a_class_and_after_it() -> None:
    code = "; ".join(
        [
            "import inspect",
            "from hive_resilience.config import BulkheadConfig, StreamConfig",
            "before = inspect.signature(StreamConfig)",
            "assert 'buffer' in before.parameters, before",
            "StreamConfig.model_rebuild(force=True)",
            "StreamConfig(buffer=1)",
            "assert str(inspect.signature(StreamConfig)) == str(before)",
        ]
    )

    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
