"""Calls whose answers are values: embeddings, ranks, and judgements of a content."""

from __future__ import annotations

from typing import Any

from ....config.values.families import Family
from ..http.chat_request import invalid, payload_fields
from ..http.completion import Completion, answer_object, made
from ..http.faults.errors import malformed
from ..http.faults.exchange import Exchange
from ..http.faults.meaning import FaultTable
from ..http.form import Form
from ..http.wire.json_value import JsonObject
from .chat.faults import OPENAI_FAULTS


class ValuesForm(Form):
    """One family of them; its answers have a list in one of the fields `lists`."""

    has_streams = False

    def __init__(
        self,
        family: Family,
        path: str,
        *,
        text_as: str | None,
        needs: tuple[str, ...],
        lists: tuple[str, ...],
        faults: FaultTable = OPENAI_FAULTS,
    ) -> None:
        self.family: Family = family
        self.path: str = path  # type: ignore[misc]  # of this one
        self.faults: FaultTable = faults  # type: ignore[misc]
        self._text_as = text_as
        self._needs = needs
        self._lists = lists

    def fields(self, payload: object, model_id: str | None) -> dict[str, Any]:
        fields = dict(payload_fields(payload, model_id, text_as=self._text_as))
        for name in self._needs:
            if name not in fields:
                raise invalid(f"a task of the type {self.family} needs `{name}`", model_id)
        return fields

    def completion(self, answer: Any, exchange: Exchange) -> Completion:
        fields = answer_object(answer, exchange)
        values = next((fields[name] for name in self._lists if name in fields), None)
        if not isinstance(values, list):
            malformed(" or ".join(self._lists), "a list", values, exchange)
        return made(fields, exchange, usage=_usage_of(fields))


def _usage_of(fields: JsonObject) -> JsonObject | None:
    """Cohere's form tells its tokens elsewhere."""
    usage, meta = fields.get("usage"), fields.get("meta")
    if isinstance(usage, dict) or not isinstance(meta, dict):
        return None
    tokens = meta.get("tokens") or meta.get("billed_units")
    return tokens if isinstance(tokens, dict) else None


EMBEDDING = ValuesForm(
    Family.EMBEDDING, "/embeddings", text_as="input", needs=("input",), lists=("data",)
)
RERANK = ValuesForm(
    Family.RERANK,
    "/rerank",
    text_as=None,
    needs=("query", "documents"),
    lists=("results", "data"),
)
MODERATION = ValuesForm(
    Family.MODERATION, "/moderations", text_as="input", needs=("input",), lists=("results",)
)
