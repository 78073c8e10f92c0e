"""Alerts as mail: over a protected connection, and one thread for each alert."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from functools import partial
from typing import TYPE_CHECKING

from ....actors.alerting.notification import (
    AlertView,
    DeliveryError,
    Notification,
    NotificationKind,
)
from ....config.errors import ConfigurationError
from ....config.settings.observability.channels import EmailChannelConfig
from .base import ConfiguredChannel
from .in_thread import OneThread
from .secret import Hidden, Secret
from .wording import text_of, title_of

if TYPE_CHECKING:
    import smtplib

LIMIT = 10.0
"""Seconds for each step of the exchange; the delivery limits the whole."""
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_MOST_REFERENCES = 20


class EmailChannel(ConfiguredChannel[EmailChannelConfig]):
    """Sends a mail for each notification, in a thread."""

    def __init__(self, settings: EmailChannelConfig) -> None:
        super().__init__(settings)
        s = settings
        self._password = Secret("the password", s.password_env, s.password_file)
        self.places: tuple[Secret] = (self._password,)
        self._tls = None if s.security == "none" else _tls_context(s.ca_file, self.name)
        self._thread = OneThread[None](f"alerts {self.name}")
        self._open: smtplib.SMTP | None = None

    async def send(self, notification: Notification) -> None:
        """Send it. Raises `DeliveryError`; a connection that hangs is cut off."""
        message = message_of(notification, self.settings.sender, self.settings.recipients)
        password = self._password.read()
        try:
            await self._thread.run(partial(self._exchange, message, password))
        finally:
            self._cut_off()

    async def close(self) -> None:
        """Cut off what still goes on."""
        self._cut_off()

    def _cut_off(self) -> None:
        """A thread in the middle of an exchange ends, too."""
        client, self._open = self._open, None
        connection = None if client is None else client.sock
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    # In the thread.

    def _exchange(self, message: EmailMessage, password: Hidden | None) -> None:
        import smtplib

        client: smtplib.SMTP | None = None
        try:
            client = self._open = self._connected()
            if self.settings.security == "starttls":
                client.starttls(context=self._tls)
            if self.settings.username is not None and password is not None:
                client.login(self.settings.username, password)
            client.send_message(message)
            with suppress(smtplib.SMTPException, OSError):  # the mail has been taken
                client.quit()
            return
        except (smtplib.SMTPException, OSError) as error:
            failure = _failure(error)
        finally:
            if client is not None:
                client.close()
        raise failure  # outside: the error has the words of the server

    def _connected(self) -> smtplib.SMTP:
        import smtplib

        s = self.settings
        port = s.port or _PORTS[s.security]
        own_name = s.sender.rpartition("@")[2]  # or a name is looked up, which may take long
        if s.security == "tls":
            return smtplib.SMTP_SSL(s.host, port, own_name, timeout=LIMIT, context=self._tls)
        return smtplib.SMTP(s.host, port, own_name, timeout=LIMIT)


def message_of(
    notification: Notification, sender: str, recipients: tuple[str, ...]
) -> EmailMessage:
    """The mail. All that is told of an alert refers to one id, so that it becomes one thread."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Subject"] = title_of(notification)
    message["Date"] = formatdate()
    domain = sender.rpartition("@")[2]
    roots = [f"<{root_of(alert)}@{domain}>" for alert in notification.alerts[:_MOST_REFERENCES]]
    if _begins_a_thread(notification):
        message["Message-ID"] = roots[0]
    else:
        message["Message-ID"] = f"<{_id_part(notification.id)}.hive@{domain}>"
        if roots and notification.notifications == 1:
            message["In-Reply-To"] = roots[0]
            message["References"] = " ".join(roots)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text_of(notification) + "\n", cte="quoted-printable")
    return message


def _begins_a_thread(notification: Notification) -> bool:
    """Whether it is the first word on an alert, and on no other."""
    is_first = notification.kind is NotificationKind.FIRING
    return is_first and len(notification.alerts) == 1 and notification.notifications == 1


def root_of(alert: AlertView) -> str:
    """What all mails about an alert have in common, until it ends."""
    return f"{_id_part(alert.fingerprint)}.{int(alert.started_at.timestamp())}"


def _id_part(text: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text)


def _tls_context(ca_file: str | None, channel: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # an `SSLError` is one, too
        told = f"the channel {channel!r}: ca_file {ca_file} is no PEM file that can be read"
        raise ConfigurationError(told, key="alerts.channels") from error


def _failure(error: Exception) -> DeliveryError:
    import smtplib

    match error:
        case smtplib.SMTPNotSupportedError():
            told = "the mail server offers no STARTTLS, or no login"
            return DeliveryError(told, permanent=True)
        case smtplib.SMTPAuthenticationError():
            return DeliveryError(f"the mail server refused the login ({error.smtp_code})")
        case smtplib.SMTPRecipientsRefused():
            codes = [code for code, _ in error.recipients.values()]
            told = f"the mail server refused every recipient ({max(codes, default=0)})"
            return DeliveryError(told, permanent=min(codes, default=0) >= 500)
        case smtplib.SMTPResponseException(smtp_code=int(code)):
            return DeliveryError(f"the mail server answered {code}", permanent=code >= 500)
        case smtplib.SMTPServerDisconnected() | ConnectionError():
            return DeliveryError("the mail server closed the connection, or does not listen")
        case ssl.SSLCertVerificationError():
            return DeliveryError("the certificate of the mail server does not hold")
        case ssl.SSLError():
            return DeliveryError("no secure connection to the mail server")
        case socket.gaierror():
            return DeliveryError("the name of the mail server is not found")
        case TimeoutError():
            return DeliveryError("the mail server did not answer in time")
        case _:
            return DeliveryError(f"the exchange of mail failed ({type(error).__name__})")
