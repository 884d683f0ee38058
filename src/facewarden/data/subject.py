"""Who is on a watchlist, and with which photographs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from facewarden.data.arrays import Float32
from facewarden.data.presentation import PresentationRule
from facewarden.errors import DataError, InputError

LONGEST: Final[Mapping[str, int]] = MappingProxyType(
    {
        "name": 300,
        "external_reference": 200,
        "category": 200,
        "notes": 4000,
        "legal_basis": 4000,
        "authorised_by": 200,
    }
)
"""Characters of each text about a subject: what a page, an e-mail and an alert can show."""


@dataclass(frozen=True, slots=True)
class SubjectDetails:
    """What is written down about a subject.

    Attributes:
        external_reference: the case number; when not empty, unique among the subjects that whoever
            writes it down may see.
        legal_basis, authorised_by: why, and on whose word, this person is looked for.
        expires_at: UTC; from then on the subject does not match. None: no end was given.
    """

    name: str
    external_reference: str = ""
    category: str = ""
    notes: str = ""
    legal_basis: str = ""
    authorised_by: str = ""
    expires_at: datetime | None = None

    def require_fitting(self) -> None:
        """Check that no text is longer than `LONGEST`; what was stored before that stays readable.

        Raises:
            InputError: one is.
        """
        for name, most in LONGEST.items():
            found = len(getattr(self, name))
            if found > most:
                raise InputError(
                    f"{name} is too long",
                    expected=f"at most {most:,} characters",
                    found=f"{found:,}",
                )


@dataclass(frozen=True, slots=True)
class Subject:
    """A person on one or more watchlists.

    Attributes:
        version: grows with every change of the details, the references and the watchlists.
        updated_at: of the latest change, UTC; None where nobody keeps it.
    """

    subject_id: int
    details: SubjectDetails
    watchlists: tuple[str, ...]
    references: int
    created_at: datetime
    version: int = 1
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewReference:
    """A photograph that has passed enrolment and waits to be stored.

    Attributes:
        source_name: the file's name, for the operator.
        source_bytes: the file as it was given; kept encrypted.
        template: (d,) float32 unit vector.
        model_id: the embedder that made it.
        quality: in [0, 1].
        box: x1 y1 x2 y2 of the face as shares of the picture's width and height, so that it holds
            at every size; may reach beyond the picture. None: not known.
    """

    source_name: str
    source_bytes: bytes = field(repr=False)
    template: Float32 = field(repr=False)
    model_id: str
    quality: float
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class GalleryEntry:
    """One reference of one subject, decrypted for matching."""

    subject_id: int
    reference_id: int
    template: Float32 = field(repr=False)


@dataclass(frozen=True, slots=True)
class Watchlist:
    """A named list of subjects.

    Attributes:
        threshold: similarity needed for an alert; None where it follows from a budget.
        sinks: names of the sinks its alerts go to; empty means every configured sink.
        fpir: share of strangers' tracks that may raise a false alert, in (0, 1); its budget.
        false_alerts_per_day: another way to tell the budget; above 0.
        presentation: what is done about pictures of a subject that are held to a camera.

    Raises:
        DataError: more than one of threshold, fpir and false_alerts_per_day.
    """

    name: str
    threshold: float | None = None
    sinks: tuple[str, ...] = ()
    fpir: float | None = None
    false_alerts_per_day: float | None = None
    presentation: PresentationRule = PresentationRule.OFF

    def __post_init__(self) -> None:
        given = {
            "threshold": self.threshold,
            "fpir": self.fpir,
            "false_alerts_per_day": self.false_alerts_per_day,
        }
        named = [name for name, value in given.items() if value is not None]
        if len(named) > 1:
            raise DataError(
                f"the watchlist {self.name} has {' and '.join(named)}",
                expected="one of them: each would make another threshold",
            )
