"""With a mistyped case number a photograph became a reference of somebody else, and nobody said so.

The subject was found by its external reference alone; the name beside it was not compared.
"""

from pathlib import Path

from facewarden.data import SubjectDetails
from facewarden.pipeline.enrol import Enrolled, Enroller
from facewarden.pipeline.examine import Examiner
from facewarden.pipeline.photographs import Photograph
from facewarden.store.key import TemplateKey
from facewarden.store.open import open_store, sqlite_url
from unit.pipeline.conftest import People


def test_another_name_under_a_known_case_is_refused(
    examiner: Examiner, people: People, tmp_path: Path
) -> None:
    with open_store(sqlite_url(tmp_path / "store.sqlite"), TemplateKey(bytes(32))) as store:
        store.watchlists.ensure("missing")
        enroller = Enroller(
            examiner,
            store.watchlists,
            "missing",
            model_id=examiner.embed([]).model_id,
            watchlists=["missing"],
            alike_from=0.5,
            unlike_below=0.2,
        )
        rows = list(
            enroller.enrol(
                [
                    Photograph(
                        "1", people.file("Al Pacino"), SubjectDetails("Al Pacino", "CASE-1")
                    ),
                    Photograph(
                        "2", people.file("Adrien Brody"), SubjectDetails("Adrien Brody", "CASE-1")
                    ),
                ]
            )
        )
        (subject,) = store.watchlists.subjects()
    assert [row.outcome for row in rows] == [Enrolled.ADDED, Enrolled.REFUSED]
    assert "CASE-1 is the case of somebody else: expected Al Pacino" in rows[1].reason
    assert subject.references == 1
