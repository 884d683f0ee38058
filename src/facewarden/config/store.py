"""The `store` section: where data lies and how long it is kept."""

import os
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, model_validator

from facewarden.config import paths
from facewarden.config.secret import Secret
from facewarden.config.section import FilePath, Section, expectation

URL_VARIABLE = "FACEWARDEN_STORE_URL"
LONGEST_DAYS = 3650
Days = Annotated[int, Field(ge=1, le=LONGEST_DAYS)]


class RetentionSettings(Section):
    """How long each kind of record is kept before it is deleted, in days."""

    alerts_days: Days = Field(default=90, description="Alerts, their snapshots and reviews; days.")
    anchors_days: Days = Field(
        default=90,
        description="Faces of rejected alerts, which hold back further alerts of the same face for "
        "the same subject, after the last rejection; days.",
    )
    sightings_days: Days = Field(
        default=30,
        description="Sightings, after the last look or their alert, whichever is later; days.",
    )
    activity_days: Days = Field(
        default=400, description="When each camera watched and was down; days."
    )
    audit_days: Days = Field(default=400, description="The audit log of every look-up; days.")
    deliveries_days: Days = Field(default=7, description="Deliveries that were accepted; days.")
    expired_subjects_days: Annotated[int, Field(ge=0, le=LONGEST_DAYS)] | None = Field(
        default=None,
        description="Subjects after they expired, removed for good with photographs and templates; "
        "days. Empty keeps them: they only do not match.",
    )


def _beside_data(place: Any) -> Any:
    return lambda known: place(known["data_dir"])


def _url_of_the_environment() -> SecretStr | None:
    url = os.environ.get(URL_VARIABLE, "")
    return SecretStr(url) if url else None


class StoreSettings(Section):
    """Where data lies and how long it is kept."""

    data_dir: FilePath = Field(
        default_factory=paths.data_folder,
        description="Folder of the store and the key.",
        json_schema_extra={"default_text": "$FACEWARDEN_HOME, or the user's data folder"},
    )
    url: Secret | None = Field(
        default_factory=_url_of_the_environment,
        description="Address of the database: sqlite:///PATH, or "
        "postgresql+psycopg://USER:PASSWORD@HOST/DATABASE with libpq's options such as "
        "?sslmode=verify-full; empty takes `path`. A secret, since an address may hold a password.",
        json_schema_extra={"default_text": f"${URL_VARIABLE}, or none"},
    )
    path: FilePath = Field(
        default_factory=_beside_data(paths.store_file),
        description="File of the embedded SQLite database.",
        json_schema_extra={"default_text": "data_dir/facewarden.sqlite"},
    )
    key_file: FilePath = Field(
        default_factory=_beside_data(paths.key_file),
        description="File of the key that encrypts templates and images at rest.",
        json_schema_extra={"default_text": "data_dir/facewarden.key"},
    )
    retention: RetentionSettings = Field(
        default=RetentionSettings(), description="How long records are kept."
    )

    @model_validator(mode="after")
    def _one_database(self) -> Self:
        if self.url is not None and "path" in self.model_fields_set:
            raise expectation("url or path", "both")
        return self

    @property
    def database(self) -> Path | str:
        """The database's address where one is given, else the SQLite file; may hold a password."""
        return self.path if self.url is None else self.url.get_secret_value()
