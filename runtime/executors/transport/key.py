"""A text that only its receiver may see."""


class Key(str):
    """A key as it is sent. Where tracebacks show local variables, they do not show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Key(...)"
