"""What a worker and the supervisor say to each other over their line."""

from __future__ import annotations

HELLO, READY = "hello", "ready"
"""A worker has begun, with its number; it serves."""
ENTER, LEAVE = "enter", "leave"
"""A request wants in by the limits of its key; it is over."""
PIN, PINNED = "pin", "pinned"
"""A model keeps a state; which model keeps it."""
OTHERS = "others"
"""The supervisor asks all other workers, and answers with what they say."""
REMEMBER = "remember"
"""The supervisor tells this to each worker that starts, until it is told otherwise."""
PING, METRICS, OPERATE = "ping", "metrics", "operate"
"""What workers are asked: whether their loop runs, their metrics, to do what an operator wants."""
