"""Settings of one model."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, Self, TypeAlias

from pydantic import Field, SkipValidation, field_validator, model_validator

from ..base import Settings
from ..values.accepts import Accepts, Named, default
from ..values.caller_headers import HeaderNames
from ..values.families import NO_OTHERS, Families, Family, stated_families, usual_families
from ..values.headers import Headers
from ..values.params import Params
from ..values.secrets import FilePath, ProxyUrl, ServerUrl, VariableName
from ..values.units import DurationOrNone, DurationOrZeroOrNone
from ..values.values import NUMBER, SWITCH
from ..values.words import Names, plain_name
from .adaptation.adaptive_limit import AdaptiveLimitConfig
from .adaptation.throttle import ThrottleConfig
from .breaker import CircuitBreakerConfig
from .bulkhead import BulkheadConfig
from .distribution.ray import RayConfig
from .failure_if import FailureIf, FailureIfConfig
from .health import HealthCheckConfig
from .prices import PricesConfig
from .rate_limit import RateLimitConfig
from .restart import RestartConfig
from .retry import RetryConfig
from .strategy import GREATEST_WEIGHT, HedgeAfterOrNone
from .stream import StreamConfig

WITH_A_CLIENT = frozenset({"anthropic", "anthropic_bedrock", "anthropic_vertex", "openai"})
"""Providers whose models need no endpoint: their own client knows it."""

WORKERS = 4
"""Worker processes of an isolated model at most, unless its bulkhead has a limit."""

_BREAKER = CircuitBreakerConfig()
_RETRY = RetryConfig()
_HEALTH = HealthCheckConfig()
_BULKHEAD = BulkheadConfig()
_RATE_LIMIT = RateLimitConfig()
_RESTART = RestartConfig()
_STREAM = StreamConfig()
_PRICES = PricesConfig()
_FAILURE_IF = FailureIfConfig()
_ADAPTIVE_LIMIT = AdaptiveLimitConfig()
_THROTTLE = ThrottleConfig()
_RAY = RayConfig()


class Isolation(StrEnum):
    """Where a model's executor runs."""

    NONE = "none"
    PROCESS = "process"
    RAY = "ray"


class OnCrash(StrEnum):
    """What happens to a model's running calls when its actor crashes."""

    DELIVER = "deliver"
    CANCEL = "cancel"


FamilyNames: TypeAlias = Accepts[
    tuple[Family, ...] | None, list[Family | str] | tuple[Family | str, ...] | None
]
"""Types of tasks, each of them once."""

GivenExecutor: TypeAlias = Callable[[Any], object] | object
"""A function of a task, or an object with `execute`. So a lambda in its place has a type."""


class ModelConfig(Settings):
    """One model: how it is called, and how it is protected. Spans are seconds.

    A model is called through its `executor` (any callable, or an object with `execute`), its
    `endpoint` (the base URL of an OpenAI-compatible server) or its `provider`.

    >>> ModelConfig(id="gpt-5", endpoint="https://example.com/v1", timeout="30s").timeout
    30.0
    """

    id: Annotated[str, Field(min_length=1, max_length=200)]
    """The name of the model; unique in the fleet."""
    executor: Accepts[Annotated[Any, SkipValidation], GivenExecutor] = default(
        Field(default=None, exclude=True, repr=False)
    )
    endpoint: ServerUrl | None = None
    """Base URL of its server; a model with an endpoint needs no executor."""
    model: Annotated[str, Field(min_length=1)] | None = None
    """The model's name at its endpoint; None: its id."""
    api_key_env: VariableName | None = None
    """Environment variable that holds the key; the key itself is never written down."""
    api_key_file: FilePath | None = None
    """File that holds the key alone; a relative path starts at the working directory."""
    provider: Annotated[str, Field(min_length=1)] | None = None
    """`openai`, `anthropic`, `anthropic_bedrock`, `anthropic_vertex`: through the clients of these
    providers, which know an endpoint; `azure`: a deployment of Azure OpenAI; anything else: an
    OpenAI-compatible server."""
    timeout: DurationOrNone = default(None)
    """Limit of one attempt; None: the runtime's `default_timeout`."""
    deployment: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """With `provider: azure`: the deployment's name; None: that of the model."""
    api_version: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """With `provider: azure`: the version of its API, as `2024-10-21`, `v1` or `preview`."""
    region: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """With `anthropic_bedrock` and `anthropic_vertex`: the cloud's region."""
    project: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """With `anthropic_vertex`: the project's id."""
    organization: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Sent as `OpenAI-Organization`."""
    headers: Headers | None = Field(default=None, repr=False)
    """Sent with each request; `{env: NAME}` and `{file: PATH}` are read at each call."""
    forward_headers: HeaderNames = default(())
    """Headers of a task that go on to its server, besides those that always do."""
    params: Params | None = Field(default=None, repr=False)
    """Fields of the request where the payload has none of the name."""
    families: FamilyNames = default(None)
    """The types of tasks that it takes; None: by its provider, or all that its executor takes."""
    embedding_space: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """A name for what its embeddings can be compared with; None: with no other model's."""
    model_from_payload: Annotated[bool, SWITCH] = False
    """Whether a payload's `model` goes before the model's own name."""
    connect_timeout: DurationOrNone = default(None)
    """Until there is a connection to its server; None: the runtime's `connect_timeout`."""
    proxy: ProxyUrl | None = None
    """An HTTP proxy, as `http://host:port`; None: by HTTP_PROXY, HTTPS_PROXY and NO_PROXY."""
    ca_file: FilePath | None = None
    """PEM file of the authorities to trust for its server; None: the system's."""
    weight: Annotated[float, Field(ge=0, le=GREATEST_WEIGHT), NUMBER] = 1.0
    """Share of the traffic with the weighted strategy; learnt while every model has 1."""
    fallbacks: Names = default(())
    """The models that follow in a `Plan` that names this model alone."""
    enabled: Annotated[bool, SWITCH] = True
    """Whether the model takes tasks."""
    isolation: Named[Isolation] = default(Isolation.NONE)
    """In a worker process a call can be killed, and a crash costs one attempt (extra `process`); on
    a node of a Ray cluster there may be a GPU (extra `ray`)."""
    calls_per_worker: Annotated[int, Field(ge=1, le=1_000_000_000), NUMBER] | None = None
    """Calls after which a worker process is replaced, for executors that leak; None: never."""
    on_crash: Named[OnCrash] = default(OnCrash.DELIVER)
    """What a crash of its actor does to running calls: they go on, or they are cancelled and their
    tasks move on."""
    max_parking: DurationOrNone = default(None)
    """Longest time without calls that its provider may ask for; None: the runtime's setting."""
    hedge_after: HedgeAfterOrNone = default(None)
    """Silence before the next model is asked beside it; None: the runtime's setting."""
    shed: Annotated[bool, SWITCH] | None = None
    """Whether tasks of low priority are refused while its line is long; None: the runtime's."""
    ramp_up: DurationOrZeroOrNone = default(None)
    """Time in which its share grows after it has come back; None: the runtime's setting."""
    circuit_breaker: CircuitBreakerConfig = Field(default_factory=lambda: _BREAKER)
    retry: RetryConfig = Field(default_factory=lambda: _RETRY)
    health_check: HealthCheckConfig = Field(default_factory=lambda: _HEALTH)
    bulkhead: BulkheadConfig = Field(default_factory=lambda: _BULKHEAD)
    adaptive_limit: AdaptiveLimitConfig = Field(default_factory=lambda: _ADAPTIVE_LIMIT)
    throttle: ThrottleConfig = Field(default_factory=lambda: _THROTTLE)
    rate_limit: RateLimitConfig = Field(default_factory=lambda: _RATE_LIMIT)
    restart: RestartConfig = Field(default_factory=lambda: _RESTART)
    stream: StreamConfig = Field(default_factory=lambda: _STREAM)
    prices: PricesConfig = Field(default_factory=lambda: _PRICES)
    ray: RayConfig = Field(default_factory=lambda: _RAY)
    failure_if: FailureIf = Field(default_factory=lambda: default(_FAILURE_IF))

    @field_validator("id")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        return plain_name(value)

    @field_validator("failure_if", mode="before")
    @classmethod
    def _may_be_a_function(cls, value: Any) -> Any:
        return FailureIfConfig(predicate=value) if callable(value) else value

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.api_key_env is not None and self.api_key_file is not None:
            raise ValueError("a key is in the environment or in a file: api_key_env, api_key_file")
        return self

    @model_validator(mode="after")
    def _whole_azure(self) -> Self:
        if self.provider == "azure":
            if self.endpoint is None or self.api_version is None:
                raise ValueError("the provider azure needs `endpoint` and `api_version`")
        elif self.deployment is not None or self.api_version is not None:
            raise ValueError("`deployment` and `api_version` are for the provider azure")
        return self

    @model_validator(mode="after")
    def _speakable(self) -> Self:
        known = usual_families(self.provider)
        others = [str(family) for family in self.families or () if family not in known]
        if others and self.executor is None and self.provider in NO_OTHERS:
            told = f"the provider {self.provider} speaks {', '.join(known)}"
            raise ValueError(f"families: {told}, not {', '.join(others)}")
        return self

    @property
    def spoken(self) -> Families | None:
        """The families that it speaks; None: its executor takes every type."""
        if self.families is not None:
            return frozenset(self.families)
        if self.executor is None:
            return frozenset(usual_families(self.provider))
        return stated_families(getattr(self.executor, "families", None))

    @model_validator(mode="after")
    def _few_workers(self) -> Self:
        """A call in flight needs a process there, perhaps with the model in its memory."""
        isolated = self.isolation is not Isolation.NONE
        if isolated and "max_concurrent" not in self.bulkhead.model_fields_set:
            places = self.ray.replicas if self.isolation is Isolation.RAY else WORKERS
            fewer = self.bulkhead.model_copy(update={"max_concurrent": places})
            object.__setattr__(self, "bulkhead", fewer)  # the settings are frozen otherwise
        return self
