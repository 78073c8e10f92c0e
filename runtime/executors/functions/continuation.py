"""How a model is asked to go on with an answer that another one has begun."""

from __future__ import annotations

from dataclasses import replace

from ....actors.policies.outcomes.foreign import as_mapping, as_sequence
from ....actors.task import Task


def continuation(task: Task, partial: str) -> Task | None:
    """A chat with `partial` as the assistant's last message; None for any other payload.

    >>> asked = Task({"messages": [{"role": "user", "content": "Count to three."}]})
    >>> continuation(asked, "One, t").payload["messages"][-1]
    {'role': 'assistant', 'content': 'One, t'}
    """
    payload = as_mapping(task.payload)
    messages = None if payload is None else as_sequence(payload.get("messages"))
    if payload is None or messages is None:
        return None
    told = {"role": "assistant", "content": partial}
    return replace(task, payload={**payload, "messages": [*messages, told]})
