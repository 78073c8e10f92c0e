"""A program without an event loop: `python examples/blocking.py`."""

from __future__ import annotations

import time

from hive_resilience import ModelConfig, Runtime, Task


def slow(task: Task) -> str:
    """A blocking call; it runs in a thread of its model."""
    time.sleep(0.01)
    return f"answer to {task.payload}"


def answers(prompts: list[str]) -> list[str]:
    """Submit all at once, then wait for each."""
    with Runtime(models=[ModelConfig(id="slow", executor=slow)]) as runtime:
        futures = [runtime.submit(Task(prompt)) for prompt in prompts]
        return [future.result(timeout=30).unwrap() for future in futures]


if __name__ == "__main__":
    for answer in answers(["one", "two", "three"]):
        print(answer)
