"""What of a setting may be shown in a message."""

from __future__ import annotations

import re

from pydantic.alias_generators import to_snake

# tokens_per_minute and the like count tokens, they are none.
_SECRET = re.compile(r"key|token(?!s_per_)|secret|passw|credential|authorization")


def is_secret(key: str) -> bool:
    """Whether the last part of a dotted key looks as if a secret belonged there."""
    return _SECRET.search(to_snake(key.rpartition(".")[2])) is not None


def presentable(key: str, value: object) -> object:
    """The value if it is plain and no secret, else None: a mapping may have secrets inside."""
    if is_secret(key) or not isinstance(value, str | int | float | bool):
        return None
    return value
