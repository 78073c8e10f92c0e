"""`/v1/tasks`: any task in, its result out, with every attempt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from ....actors.result import TaskResult
from ....actors.task import Plan
from ...lines.result_line import presentable, result_fields
from ...lines.task_line import InvalidLineError, read_task
from ..answer_headers import ids_of
from ..failures import refused, without_place
from ..keys.key import Key
from ..names import AUTO
from ..request import JSON_TYPE, Request
from ..shared import Shared
from .model_calls import Answered, stopping
from .presence import Presence

_OPTIONS = orjson.OPT_NON_STR_KEYS


class TaskCalls:
    """Answers with a result whatever has become of the task: a failure is one too."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    async def answer(self, request: Request, key: Key | None, presence: Presence) -> Answered:
        """Run the task. Raises `Refused` for what is no task, or not allowed to this key."""
        shared = self._shared
        try:
            task, plan = read_task(await request.body(shared.limits.body_bytes))
        except InvalidLineError as error:
            raise refused(400, error.code, str(error)) from None
        within = shared.names.within
        if isinstance(plan, Plan) and plan.timeout is not None:
            plan = replace(plan, timeout=within(plan.timeout, None))
        allowed = self._allowed(plan, key)
        if task.timeout is not None:
            known = allowed if isinstance(allowed, Plan) else None
            task = replace(task, timeout=within(task.timeout, known))
        result: TaskResult | None = None
        with presence:
            result = await shared.runtime.execute(task, plan=allowed)
        if presence.gone:
            return Answered(499, None, result, "client gone")
        if presence.ended or result is None:
            raise stopping()
        told = orjson.dumps(_told(result), option=_OPTIONS)
        headers = [JSON_TYPE, *ids_of(request), *shared.closing_headers()]
        await request.answer(200, headers, told)
        return Answered(200, None, result)

    def _allowed(self, plan: Plan | str | None, key: Key | None) -> Plan | str | None:
        """The plan, as far as the key may have it."""
        names = self._shared.names
        allowed = None if key is None else key.models
        if isinstance(plan, str):
            return names.asked(plan, allowed).plan
        if allowed is None:
            return plan
        if plan is None:
            return names.asked(AUTO, allowed).plan
        for model_id in plan.model_ids:
            names.asked(model_id, allowed)
        return plan


def _told(result: TaskResult) -> dict[str, Any]:
    """The result, without the addresses of models in the texts of its errors."""
    fields = result_fields(presentable(result))
    for holder in (fields, *fields["attempts"]):
        if holder["error"] is not None:
            holder["error"]["message"] = without_place(holder["error"]["message"])
    return fields
