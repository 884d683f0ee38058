"""One entry of `sinks`: where alerts are delivered."""

from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from facewarden.config.secret import Secret
from facewarden.config.section import FilePath, HostName, Label, Section, Slug, expectation, fits

Port = Annotated[int, Field(ge=1, le=65_535)]
Mailbox = Annotated[str, fits(r"[^@\s<>,;]{1,64}@[^@\s<>,;]{1,189}", "one mail address")]
Topic = Annotated[
    str,
    fits(r"(?=.{1,200}$)[^+#/\s\x00]+(/[^+#/\s\x00]+)*", "a topic without +, #, spaces or outer /"),
]


def web_address(url: SecretStr) -> SecretStr:
    """Refuse what is no address of the web."""
    # The address is not shown: that of a chat service holds its token.
    try:
        parts = urlsplit(url.get_secret_value())
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits or not url.get_secret_value().isprintable():
        raise expectation("an address that starts with http:// or https://", "another")
    return url


class _Sink(Section):
    name: Slug = Field(description="Name, unique: letters, digits, - and _, at most 63.")
    include_snapshot: bool = Field(
        default=True, description="Whether the picture goes with the alert."
    )


class _Login(_Sink):
    username: Label | None = Field(default=None, description="User of the server.")
    password: Secret | None = Field(default=None, description="Password of that user.")

    @model_validator(mode="after")
    def _user_of_password(self) -> Self:
        if self.password is not None and self.username is None:
            raise expectation("a username with the password", "none")
        return self


class TlsSettings(Section):
    """Encryption of a connection; `{}` trusts the certificate authorities of the system."""

    ca_file: FilePath | None = Field(
        default=None, description="File (PEM) of the authority to trust instead of the system's."
    )
    cert_file: FilePath | None = Field(
        default=None, description="File (PEM) of our own certificate."
    )
    key_file: FilePath | None = Field(default=None, description="File (PEM) of its key.")

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            raise expectation("cert_file and key_file together", "one of them")
        return self


class MqttSettings(_Login):
    """An MQTT broker."""

    type: Literal["mqtt"] = Field(description="mqtt")
    host: HostName = Field(description="Name or address of the broker.")
    tls: TlsSettings | None = Field(default=None, description="Encryption; empty means none.")
    port: Port = Field(
        default_factory=lambda known: 8883 if known.get("tls") else 1883,
        description="Port number of the broker.",
        json_schema_extra={"default_text": "8883 with tls, else 1883"},
    )
    topic_prefix: Topic = Field(
        default="facewarden", description="What topics start with; no wildcards, no outer slash."
    )
    client_id: Slug = Field(default="facewarden", description="Our id, unique at the broker.")


class WebhookSettings(_Sink):
    """A web address that alerts are posted to."""

    type: Literal["webhook"] = Field(description="webhook")
    url: Annotated[Secret, AfterValidator(web_address)] = Field(
        description="Address, http or https; a secret, since it may hold a token."
    )
    secret: Secret | None = Field(
        default=None, description="Key that signs what is posted; empty means unsigned."
    )
    ca_file: FilePath | None = Field(
        default=None, description="File (PEM) of the authority to trust instead of the system's."
    )
    timeout_s: float = Field(
        default=10.0, gt=0, le=10, description="Time in seconds after which an attempt is given up."
    )


Security = Literal["starttls", "tls", "none"]


def _mail_port(known: dict[str, Any]) -> int:
    return {"starttls": 587, "tls": 465, "none": 25}.get(known.get("security", ""), 587)


class EmailSettings(_Login):
    """A mail server."""

    type: Literal["email"] = Field(description="email")
    host: HostName = Field(description="Name or address of the mail server.")
    security: Security = Field(default="starttls", description="Encryption of the connection.")
    port: Port = Field(
        default_factory=_mail_port,
        description="Port number of the mail server.",
        json_schema_extra={"default_text": "587 with starttls, 465 with tls, 25 with none"},
    )
    ca_file: FilePath | None = Field(
        default=None, description="File (PEM) of the authority to trust instead of the system's."
    )
    sender: Mailbox = Field(description="Address that mails come from.")
    recipients: tuple[Mailbox, ...] = Field(
        min_length=1, max_length=100, description="Addresses that mails go to."
    )


class AppriseSettings(_Sink):
    """Any of the services that Apprise knows: SMS, chats, push messages."""

    type: Literal["apprise"] = Field(description="apprise")
    urls: tuple[Secret, ...] = Field(
        min_length=1, max_length=100, description="Apprise addresses; secrets."
    )


class JsonlSettings(_Sink):
    """A file that grows by one line of JSON per alert."""

    type: Literal["jsonl"] = Field(description="jsonl")
    path: FilePath = Field(description="Path of the file.")


class ConsoleSettings(_Sink):
    """The terminal that facewarden runs in."""

    type: Literal["console"] = Field(description="console")


SinkSettings = Annotated[
    MqttSettings
    | WebhookSettings
    | EmailSettings
    | AppriseSettings
    | JsonlSettings
    | ConsoleSettings,
    Field(discriminator="type"),
]
"""Any sink; the key `type` says which."""
