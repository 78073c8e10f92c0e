"""An experiment as a file has it: the form of Chaos Toolkit, and of it what is allowed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from ....actors.policies.chaos.tolerance import problem_of
from ....config.base import Settings
from ....config.errors import ConfigurationError, Problem
from ....config.values.accepts import Many, default
from ....config.values.values import is_mapping

MODULE = "hive_resilience.chaos"
"""The one module whose functions an experiment may call."""
_LONGEST_PAUSE = 3_600.0


class Provider(Settings):
    """Calls a function of our own module, or a path of the server that is experimented on."""

    type: Literal["python", "http"]
    module: str | None = None
    func: str | None = None
    url: str | None = None
    method: Literal["GET", "POST"] = "GET"
    headers: Mapping[str, str] = default({})
    arguments: Mapping[str, Any] = default({})
    timeout: float | None = None
    secrets: Many[str] = default(())

    @model_validator(mode="before")
    @classmethod
    def _is_allowed(cls, given: object) -> object:
        if is_mapping(given) and given.get("type") == "process":
            raise ValueError("a provider of the type process is not allowed: it runs any command")
        return given

    @model_validator(mode="after")
    def _is_whole(self) -> Provider:
        if self.type == "python" and (self.module != MODULE or not self.func):
            raise ValueError(f"a python provider calls a `func` of the module {MODULE} alone")
        if self.type == "http" and not self.url:
            raise ValueError("an http provider needs a url")
        return self


class Pauses(Settings):
    """Seconds to wait before and after an activity."""

    before: Annotated[float, Field(ge=0, le=_LONGEST_PAUSE)] = 0.0
    after: Annotated[float, Field(ge=0, le=_LONGEST_PAUSE)] = 0.0


class Activity(Settings):
    """An action or a probe. With a `tolerance` a probe of the steady state is judged by it."""

    type: Literal["action", "probe"]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    provider: Provider
    tolerance: Any = None
    pauses: Pauses = Field(default_factory=Pauses)
    background: bool = False

    @field_validator("tolerance")
    @classmethod
    def _is_understood(cls, tolerance: Any) -> Any:
        problem = problem_of(tolerance)
        if problem is not None:
            raise ValueError(problem)
        return tolerance


class Hypothesis(Settings):
    """What is true of the fleet when all is well."""

    title: str = ""
    probes: Many[Activity] = default(())

    @field_validator("probes")
    @classmethod
    def _are_judged(cls, probes: tuple[Activity, ...]) -> tuple[Activity, ...]:
        for probe in probes:
            if probe.type != "probe" or probe.tolerance is None:
                raise ValueError(f"{probe.name}: it takes probes with a tolerance")
        return probes


class Experiment(Settings):
    """A whole experiment."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    description: str = ""
    version: str | None = None
    tags: Many[str] = default(())
    configuration: Mapping[str, Any] = default({})
    secrets: Mapping[str, Any] = default({})
    contributions: Mapping[str, Any] = default({})
    extensions: Many[Mapping[str, Any]] = default(())
    steady_state_hypothesis: Hypothesis | None = Field(
        default=None, alias="steady-state-hypothesis"
    )
    method: Many[Activity] = default(())
    rollbacks: Many[Activity] = default(())

    @property
    def probes(self) -> tuple[Activity, ...]:
        """What the steady state is judged by."""
        hypothesis = self.steady_state_hypothesis
        return () if hypothesis is None else hypothesis.probes

    @property
    def activities(self) -> Iterator[Activity]:
        """All of them, in their order."""
        yield from (*self.probes, *self.method, *self.rollbacks)


def experiment_of(content: object, file: str | None = None) -> Experiment:
    """The experiment in a document. Raises `ConfigurationError` with every mistake."""
    try:
        return Experiment.model_validate(content)
    except ValidationError as error:
        problems = [
            Problem(file, None, ".".join(map(str, one["loc"])) or None, None, _told(one["msg"]))
            for one in error.errors(include_url=False, include_input=False)
        ]
        raise ConfigurationError.of(problems) from None


def _told(message: str) -> str:
    return message.removeprefix("Value error, ")
