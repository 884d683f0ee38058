"""A case number given later was refused with "a reference of Sam Sample" about Sam Sample himself.

And what else was given for somebody who was there already, such as an expiry, was dropped silently.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from facewarden.data import SubjectDetails
from facewarden.pipeline.enrol import Enrolled, Enroller, EnrolmentRow
from facewarden.pipeline.examine import Examiner
from facewarden.pipeline.photographs import Photograph
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from unit.pipeline.conftest import People

PACINO, BRODY = "Al Pacino", "Adrien Brody"


def enrol(examiner: Examiner, store: Store, *photographs: Photograph) -> list[EnrolmentRow]:
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
    return list(enroller.enrol(photographs))


def test_what_differs_is_named(examiner: Examiner, people: People, tmp_path: Path) -> None:
    mine = SubjectDetails(PACINO, category="missing", legal_basis="court order 12")
    first = Photograph("1", people.file(PACINO), mine)
    later = replace(mine, category="", expires_at=datetime(2027, 1, 31, tzinfo=UTC))
    with open_store(sqlite_url(tmp_path / "store.sqlite"), TemplateKey(bytes(32))) as store:
        (row,) = enrol(examiner, store, first)
        assert row.warnings == ()
        same, case, other, changed = enrol(
            examiner,
            store,
            first,
            Photograph("2", first.path, replace(mine, external_reference="C-17")),
            Photograph("3", first.path, SubjectDetails(BRODY)),
            Photograph("4", first.path, later),
        )
        (new,) = enrol(examiner, store, Photograph("5", people.file(PACINO, 2), later))
        details = store.watchlists.subject(1).details
    assert (same.outcome, same.warnings) == (Enrolled.PRESENT, ())
    assert case.outcome is Enrolled.REFUSED
    assert "the case number of Al Pacino differs: expected none" in case.reason
    assert "facewarden subjects set 1 --reference C-17" in case.reason
    assert other.outcome is Enrolled.REFUSED
    assert "the same file is a reference of Al Pacino" in other.reason
    assert "facewarden subjects remove-reference 1" in other.reason
    assert changed.outcome is Enrolled.PRESENT
    assert new.outcome is Enrolled.ADDED
    for row in (changed, new):
        (warning,) = row.warnings
        assert "written down: expiry; to change it: facewarden subjects set 1" in warning
    assert details == mine
