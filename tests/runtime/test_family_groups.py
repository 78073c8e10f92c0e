"""Tasks that stay within a group, and executors that say what types they take."""

from __future__ import annotations

import pytest

from hive_resilience import (
    AnthropicClient,
    ModelConfig,
    Plan,
    Runtime,
    RuntimeConfig,
    Task,
    TaskResult,
)
from hive_resilience.config import GroupConfig
from hive_resilience.errors import (
    UntranslatableRequestError,
)

from .executors.faulty_server import FaultyServer, answer, completion, run
from .families_kit import SEALED, Calls, asked, model


def test_a_response_stays_within_one_group() -> None:
    calls: Calls = []
    fleet = (model("a", calls, fails=True), model("b", calls), model("c", calls))
    groups = [GroupConfig(name="one", models=("a", "c"))]

    assert run(asked(*fleet, kind="response", groups=groups)).model_used == "c"
    assert not run(asked(*fleet, kind="response")).success
    assert run(asked(*fleet, kind="response", plan=Plan("a", ("b",)))).model_used == "b"


def test_what_one_server_remembers_is_asked_of_no_other() -> None:
    calls: Calls = []
    fleet = (model("a", calls, fails=True), model("b", calls))
    payload = {"input": "Hi", "previous_response_id": "r1"}
    result = run(asked(*fleet, kind="response", payload=payload, plan=Plan("a", ("b",))))

    assert (result.success, calls) == (False, ["a"])


def test_signed_thinking_stays_within_a_group_where_models_speak_families() -> None:
    calls: Calls = []
    fleet = (
        model("a", calls, families=["message"], fails=True),
        model("b", calls, families=["message"]),
        model("c", calls, families=["message"]),
    )
    groups = [GroupConfig(name="one", models=("a", "c"))]

    sealed = run(asked(*fleet, kind="message", payload=SEALED, groups=groups))
    assert sealed.model_used == "c"
    assert run(asked(*fleet, kind="message", groups=groups)).model_used == "b"


def test_a_reload_changes_families_and_groups() -> None:
    async def story() -> tuple[str | None, str | None]:
        def config(first: list[str], *group: str) -> RuntimeConfig:
            fleet = [model("a", [], families=first), model("b", [], families=["response"])]
            groups = [GroupConfig(name="g", models=group)]
            return RuntimeConfig(models=fleet, groups=groups)

        async with Runtime(config(["chat"], "a")) as runtime:
            before = await runtime.execute(Task("Hi", type="response"))
            await runtime.reload(config(["response"], "a"))
            after = await runtime.execute(Task("Hi", type="response"))
        return before.model_used, after.model_used

    assert run(story()) == ("b", "a")


# Each family over the other, in a fleet.


def test_a_payload_that_one_model_cannot_be_told_goes_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "a-key")

    async def story() -> TaskResult:
        async with FaultyServer(answer(200, completion())) as server:
            claude = AnthropicClient("claude", base_url="http://127.0.0.1:1")
            fleet = (
                ModelConfig(id="a", executor=claude),
                ModelConfig(id="b", endpoint=server.base_url),
            )
            async with Runtime(models=fleet) as runtime:
                return await runtime.execute(Task({"prompt": "Hi", "seed": 1}))

    result = run(story())
    assert result.model_used == "b"
    assert isinstance(result.attempts[0].error, UntranslatableRequestError)


class Speaking:
    """An executor of the user's own that says what it takes."""

    def __init__(self, families: object) -> None:
        self.families = families

    async def execute(self, task: Task, context: object) -> str:
        return "Hello"


@pytest.mark.parametrize(
    ("families", "taken"),
    [
        *((frozenset({"rerank"}), False), (frozenset({"chat"}), True), ({"rerank"}, True)),
        *((frozenset({"large"}), True), (frozenset({7}), True), (None, True)),
    ],
    ids=range(6),
)
def test_an_executor_may_say_what_it_takes(families: object, taken: bool) -> None:
    models = ModelConfig(id="a", executor=Speaking(families))
    assert run(asked(models, kind="chat")).success is taken
