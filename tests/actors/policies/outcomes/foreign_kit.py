"""Errors as other libraries raise them."""

from __future__ import annotations


class ForeignError(Exception):
    def __init__(self, **fields: object) -> None:
        super().__init__("foreign")
        self.__dict__.update(fields)
