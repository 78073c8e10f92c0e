"""Settings of channels: how people and other systems hear of alerts, and where secrets are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, SkipValidation, model_validator

from ...base import Settings
from ...values.accepts import Accepts, Many, default
from ...values.addresses import HostName, MailAddress, ReceiverUrl
from ...values.secrets import FilePath, VariableName
from ...values.values import NUMBER, SWITCH, is_mapping
from ...values.words import nearest, plain_name

SeverityWord: TypeAlias = Literal["info", "warning", "error", "critical"]
PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"


class AnyChannelConfig(Settings):
    """What all channels have in common."""

    name: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(plain_name)]
    """Unique among channels; records and errors name it."""
    severities: Many[SeverityWord] = default(())
    """Which alerts it hears of; none: of all."""
    send_resolved: Annotated[bool, SWITCH] = True
    """Whether it hears of the end of an alert."""

    @model_validator(mode="after")
    def _its_type_is_stated(self) -> Self:
        # A reload reads what was stated: without its type no channel is read again.
        self.__pydantic_fields_set__.add("type")
        return self

    def wants(self, severity: str, *, resolved: bool) -> bool:
        """Whether an alert of this severity is for this channel, now that it begins or ends."""
        if resolved and not self.send_resolved:
            return False
        return not self.severities or severity in self.severities


def one_place(settings: Settings, what: str, *, needed: bool = True) -> None:
    """Raises `ValueError` unless `what` is named in one way, or in none where it may be missing."""
    names = [name for name in (what, f"{what}_env", f"{what}_file") if hasattr(settings, name)]
    given = [name for name in names if getattr(settings, name) is not None]
    if len(given) > 1:
        raise ValueError(f"{' and '.join(given)} say the same: one of them is enough")
    if needed and not given:
        raise ValueError(f"needs {', '.join(names[:-1])} or {names[-1]}")


class LogChannelConfig(AnyChannelConfig):
    """Alerts as records of the log."""

    type: Literal["log"] = "log"


class CallbackChannelConfig(AnyChannelConfig):
    """Alerts for a function of the program."""

    type: Literal["callback"] = "callback"
    function: Accepts[Annotated[Any, SkipValidation], Callable[[Any], object] | None] = default(
        Field(default=None, exclude=True, repr=False)
    )


class WebhookChannelConfig(AnyChannelConfig):
    """Alerts as JSON in Alertmanager's form, signed by Standard Webhooks where there is a secret.

    >>> WebhookChannelConfig(name="ours", url="https://example.com/alerts").url
    'https://example.com/alerts'
    """

    type: Literal["webhook"] = "webhook"
    url: ReceiverUrl | None = None
    """Where it listens, if the URL tells no secret."""
    url_env: VariableName | None = None
    """Environment variable that holds the URL."""
    url_file: FilePath | None = None
    """File that holds the URL alone."""
    secret_env: VariableName | None = None
    """Environment variable with the secret for signatures, as `whsec_...`; while the secret
    changes, with both, separated by a space."""
    secret_file: FilePath | None = None
    """File with the secret, or secrets."""
    authorization_env: VariableName | None = None
    """Environment variable with the value of the header `Authorization`."""
    authorization_file: FilePath | None = None
    """File with the value of the header `Authorization`."""

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        one_place(self, "url")
        one_place(self, "secret", needed=False)
        one_place(self, "authorization", needed=False)
        return self


class SlackChannelConfig(AnyChannelConfig):
    """Alerts as messages of an incoming webhook of Slack, or of what speaks its form."""

    type: Literal["slack"] = "slack"
    url_env: VariableName | None = None
    """Environment variable that holds the URL of the webhook, which is a secret."""
    url_file: FilePath | None = None
    """File that holds the URL alone."""

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        one_place(self, "url")
        return self


class PagerDutyChannelConfig(AnyChannelConfig):
    """Alerts as events of PagerDuty (Events API v2)."""

    type: Literal["pagerduty"] = "pagerduty"
    routing_key_env: VariableName | None = None
    """Environment variable that holds the integration's key."""
    routing_key_file: FilePath | None = None
    """File that holds the key alone."""
    source: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain_name)] = (
        "hive-resilience"
    )
    """Which fleet it is: shown, and the beginning of each `dedup_key`. Replicas have the same."""
    url: ReceiverUrl = PAGERDUTY
    """Where events go; accounts in Europe have `https://events.eu.pagerduty.com/v2/enqueue`."""

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        one_place(self, "routing_key")
        return self


class AlertmanagerChannelConfig(AnyChannelConfig):
    """Alerts for Prometheus' Alertmanager, which groups and routes them further."""

    type: Literal["alertmanager"] = "alertmanager"
    url: ReceiverUrl | None = None
    """Its base URL, as `http://alertmanager:9093`, if that tells no secret."""
    url_env: VariableName | None = None
    """Environment variable that holds the base URL."""
    url_file: FilePath | None = None
    """File that holds the base URL alone."""
    authorization_env: VariableName | None = None
    """Environment variable with the value of the header `Authorization`."""
    authorization_file: FilePath | None = None
    """File with the value of the header `Authorization`."""

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        one_place(self, "url")
        one_place(self, "authorization", needed=False)
        return self


class EmailChannelConfig(AnyChannelConfig):
    """Alerts as mail, over SMTP.

    >>> EmailChannelConfig(
    ...     name="mail", host="smtp.example.com", sender="hive@example.com",
    ...     recipients=["ops@example.com"],
    ... ).security
    'starttls'
    """

    type: Literal["email"] = "email"
    host: HostName
    """The server that takes the mail."""
    port: Annotated[int, Field(ge=1, le=65_535), NUMBER] | None = None
    """None: 587, with `tls` 465, with `none` 25."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is protected; `none` is for servers of this machine."""
    sender: MailAddress
    """The address that the mail comes from."""
    recipients: Many[MailAddress] = Field(min_length=1, max_length=50)
    """The addresses that it goes to."""
    username: Annotated[str, Field(min_length=1, max_length=320)] | None = None
    """The name of an account at the server; needs a password."""
    password_env: VariableName | None = None
    """Environment variable that holds the password."""
    password_file: FilePath | None = None
    """File that holds the password alone."""
    ca_file: FilePath | None = None
    """PEM file of the authorities to trust for the server; None: the system's."""

    @model_validator(mode="after")
    def _whole_login(self) -> Self:
        has_name = self.username is not None
        one_place(self, "password", needed=has_name)
        if not has_name and (self.password_env is not None or self.password_file is not None):
            raise ValueError("a password needs a `username`")
        if has_name and self.security == "none":
            raise ValueError("a password goes over a protected connection alone: starttls or tls")
        return self


class AppriseChannelConfig(AnyChannelConfig):
    """Alerts for one of the services that Apprise knows (extra `apprise`)."""

    type: Literal["apprise"] = "apprise"
    url_env: VariableName | None = None
    """Environment variable that holds Apprise's URL of the service, which is a secret."""
    url_file: FilePath | None = None
    """File that holds the URL alone."""

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        one_place(self, "url")
        return self


AnyOfThem: TypeAlias = (
    LogChannelConfig
    | CallbackChannelConfig
    | WebhookChannelConfig
    | SlackChannelConfig
    | PagerDutyChannelConfig
    | AlertmanagerChannelConfig
    | EmailChannelConfig
    | AppriseChannelConfig
)
KINDS: dict[str, type[AnyOfThem]] = {
    "log": LogChannelConfig,
    "callback": CallbackChannelConfig,
    "webhook": WebhookChannelConfig,
    "slack": SlackChannelConfig,
    "pagerduty": PagerDutyChannelConfig,
    "alertmanager": AlertmanagerChannelConfig,
    "email": EmailChannelConfig,
    "apprise": AppriseChannelConfig,
}


def _of_a_known_type(value: object) -> object:
    if not is_mapping(value):
        return value
    kind = value.get("type")
    if not isinstance(kind, str):
        raise ValueError(f"type is missing; there are {', '.join(KINDS)}")
    if kind not in KINDS:
        meant = nearest(kind, KINDS)
        advice = f"did you mean {meant}?" if meant else f"there are {', '.join(KINDS)}"
        raise ValueError(f"there is no channel of this type; {advice}")
    return value


def each_name_once(channels: tuple[AnyOfThem, ...]) -> tuple[AnyOfThem, ...]:
    """The channels as they are; raises `ValueError` where two have the same name."""
    names = [channel.name for channel in channels]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two channels have the name {name!r}; names are unique")
    return channels


ChannelConfig: TypeAlias = Annotated[
    AnyOfThem, Field(discriminator="type"), BeforeValidator(_of_a_known_type)
]
Channels: TypeAlias = Accepts[
    Annotated[tuple[ChannelConfig, ...], Field(max_length=50), AfterValidator(each_name_once)],
    Sequence[ChannelConfig],
]
"""Any number of channels, each with a name of its own."""
