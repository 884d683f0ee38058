"""What is written down about a subject, as table columns."""

from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Row

from facewarden.data import SubjectDetails
from facewarden.store.key import TemplateKey
from facewarden.store.sealed_words import open_words, seal_words, word_digest

NAME: Final = "name"
EXTERNAL: Final = "external reference"


def to_columns(subject_id: int, details: SubjectDetails, key: TemplateKey) -> dict[str, Any]:
    """Return the values of the columns that `details` make, sealed for this subject."""
    words = asdict(details)
    del words["expires_at"]
    return {
        "sealed": seal_words(key, words, _purpose(subject_id)),
        "name_digest": word_digest(key, NAME, details.name),
        "external_digest": word_digest(key, EXTERNAL, details.external_reference),
        "expires_at": details.expires_at,
    }


def from_row(row: Row[Any], key: TemplateKey) -> SubjectDetails:
    """Return the details of a row of the table subject.

    Raises:
        KeyRefused: the words were changed, or belong to another subject.
    """
    words = open_words(key, row.sealed, _purpose(row.subject_id))
    return SubjectDetails(**words, expires_at=row.expires_at)


def _purpose(subject_id: int) -> str:
    return f"subject:{subject_id}"
