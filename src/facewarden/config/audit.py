"""The `audit` section: where the head of the audit log is noted."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from facewarden.config.secret import Secret
from facewarden.config.section import FilePath, HostName, Label, Section, Slug, expectation
from facewarden.config.sinks import Port, TlsSettings, Topic, web_address


class FileNotarySettings(Section):
    """A file that grows by a line for each note; best on another machine."""

    type: Literal["file"] = Field(description="file")
    path: FilePath = Field(description="Path of the file.")


class MqttNotarySettings(Section):
    """An MQTT broker, with somebody who keeps what is published on PREFIX/audit/head."""

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
    client_id: Slug = Field(default="facewarden-audit", description="Our id, unique at the broker.")
    username: Label | None = Field(default=None, description="User of the broker.")
    password: Secret | None = Field(default=None, description="Password of that user.")

    @model_validator(mode="after")
    def _user_of_password(self) -> Self:
        if self.password is not None and self.username is None:
            raise expectation("a username with the password", "none")
        return self


class HttpNotarySettings(Section):
    """A web service that each note is posted to; its answer is kept as the receipt."""

    type: Literal["http"] = Field(description="http")
    url: Annotated[Secret, AfterValidator(web_address)] = Field(
        description="Address, http or https; a secret, since it may hold a token."
    )
    token: Secret | None = Field(default=None, description="Bearer token; empty means none.")
    ca_file: FilePath | None = Field(
        default=None, description="File (PEM) of the authority to trust instead of the system's."
    )


NotarySettings = Annotated[
    FileNotarySettings | MqttNotarySettings | HttpNotarySettings, Field(discriminator="type")
]
"""Any place; the key `type` says which."""


class AuditSettings(Section):
    """How others can tell that the audit log is what it was."""

    noted_at: tuple[NotarySettings, ...] = Field(
        default=(),
        max_length=10,
        description="Places outside of the store where the head of the log is noted: against them "
        "also a log that was cut off or made anew is found.",
    )
    every_hours: Annotated[float, Field(ge=1 / 60, le=24 * 31)] = Field(
        default=24.0, description="The head is noted again after this number of hours."
    )

    @property
    def every(self) -> timedelta:
        """The time between two notes."""
        return timedelta(hours=self.every_hours)
