from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from facewarden.data import Image, NewReference, SubjectDetails
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.errors import StoreFull
from facewarden.pipeline.enrol import BATCH, Enrolled, Enroller, EnrolmentRow
from facewarden.pipeline.examine import Examiner
from facewarden.pipeline.photographs import Photograph
from facewarden.store.open import Store
from unit.pipeline.conftest import People

BLAIR, BRODY, PACINO = "Tony Blair", "Adrien Brody", "Al Pacino"
ORIENTATION = 0x0112  # EXIF 2.32, 4.6.4 A


def save(path: Path, image: Image) -> Path:
    assert cv2.imwrite(str(path), image)
    return path


def photograph(path: Path, name: str = "Somebody", *, case: str = "", face: str = "") -> Photograph:
    return Photograph(path.name, path, SubjectDetails(name, case), face)


class Desk:
    """Enrols on one watchlist of a store, each time as a new run of the command would."""

    def __init__(self, examiner: Examiner, store: Store) -> None:
        self.examiner = examiner
        self.store = store

    def enrol(
        self,
        photographs: Sequence[Photograph],
        *,
        watchlist: str = "missing",
        unlike_below: float = 0.2,
    ) -> list[EnrolmentRow]:
        self.store.watchlists.ensure(watchlist)
        model_id = self.examiner.embed([]).model_id
        enroller = Enroller(
            self.examiner,
            self.store.watchlists,
            watchlist,
            model_id=model_id,
            watchlists=["missing", "barred"],
            alike_from=0.5169,  # of the default embedder's card
            unlike_below=unlike_below,
        )
        rows = list(enroller.enrol(photographs))
        assert sorted(row.label for row in rows) == sorted(p.label for p in photographs)
        return rows

    def row(self, photograph: Photograph, *, watchlist: str = "missing") -> EnrolmentRow:
        (row,) = self.enrol([photograph], watchlist=watchlist)
        return row


@pytest.fixture
def desk(examiner: Examiner, store: Store) -> Desk:
    return Desk(examiner, store)


def two_people(people: People) -> Image:
    """Blair on the left, Brody on the right."""
    return np.hstack([people.image(BLAIR, 2), people.image(BRODY, 1)])


def portrait_and_passer_by(people: People) -> Image:
    """Blair large, Brody a third as high."""
    picture = cv2.resize(people.image(BLAIR, 2), (750, 750))
    picture[:250, 500:] = people.image(BRODY, 1)
    return np.asarray(picture, np.uint8)


def test_every_refusal_is_a_row_and_the_run_goes_on(
    desk: Desk, people: People, tmp_path: Path
) -> None:
    good = people.image(BLAIR, 2)
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "cut.jpg").write_bytes(people.file(BLAIR, 2).read_bytes()[:5000])
    given = {
        "nobody.png": np.full((240, 320, 3), 127, np.uint8),
        "two.png": two_people(people),
        "tiny.png": np.asarray(cv2.resize(good, (80, 80)), np.uint8),
        "blurred.png": np.asarray(cv2.GaussianBlur(good, (0, 0), 7), np.uint8),
        "good.png": good,
    }
    files = [save(tmp_path / name, image) for name, image in given.items()]
    files[:0] = [tmp_path / name for name in ("absent.jpg", "text.jpg", "empty.jpg", "cut.jpg")]
    rows = {row.label: row for row in desk.enrol([photograph(file) for file in files])}

    for name, reason in {
        "absent.jpg": "absent.jpg cannot be read",
        "text.jpg": "not a picture of a format allowed",
        "empty.jpg": "found an empty file",
        "cut.jpg": "damaged or cut off",
        "nobody.png": "no face",
        "two.png": "several faces found: expected one, found 2; say which one",
        "tiny.png": "the face is too small: expected at least 48 px high, found 4",
        "blurred.png": "the face is too blurred",
    }.items():
        assert rows[name].outcome is Enrolled.REFUSED, name
        assert reason in rows[name].reason
        assert "\n" not in rows[name].reason
    assert rows["good.png"].outcome is Enrolled.ADDED
    (subject,) = desk.store.watchlists.subjects()
    assert subject.references == 1


@pytest.mark.parametrize(
    ("face", "like"), [("1", BLAIR), ("2", BRODY), ("largest", BLAIR), ("3", ""), ("left", "")]
)
def test_which_of_several_faces(
    desk: Desk, people: People, tmp_path: Path, face: str, like: str
) -> None:
    file = save(tmp_path / "two.png", two_people(people))
    row = desk.row(photograph(file, face=face))
    if not like:
        assert row.outcome is Enrolled.REFUSED
        assert "there is no such face" in row.reason
        assert "a number from 1 to 2 from the left" in row.reason
        return
    (entry,) = desk.store.watchlists.gallery(desk.examiner.embed([]).model_id, ["missing"])
    probe = desk.examiner.embed([desk.examiner.one_face(people.image(like, 3), "largest")])
    assert float(probe.vectors[0] @ entry.template) > 0.5


def test_a_passer_by_in_the_background_does_not_count(
    desk: Desk, people: People, tmp_path: Path
) -> None:
    file = save(tmp_path / "portrait.png", portrait_and_passer_by(people))
    assert len(desk.examiner.faces(portrait_and_passer_by(people))) == 2
    assert desk.row(photograph(file)).outcome is Enrolled.ADDED


@pytest.mark.parametrize("form", ["turned, says EXIF", "grey", "transparent", "16 bits", "webp"])
def test_forms_of_one_photograph_give_one_template(
    desk: Desk, people: People, tmp_path: Path, form: str
) -> None:
    upright = Pillow.fromarray(np.ascontiguousarray(people.image(BLAIR, 2)[..., ::-1]))
    file = tmp_path / "form.png"
    if form == "turned, says EXIF":
        file = tmp_path / "form.jpg"
        exif = Pillow.Exif()
        exif[ORIENTATION] = 6  # to be shown turned by 90 degrees clockwise
        upright.transpose(Pillow.Transpose.ROTATE_90).save(file, exif=exif, quality=95)
    elif form == "grey":
        upright.convert("L").save(file)
    elif form == "transparent":
        upright.convert("RGBA").save(file)
    elif form == "16 bits":
        grey = np.asarray(upright.convert("L"), np.uint16) * 257
        Pillow.fromarray(grey).save(file)
    else:
        file = tmp_path / "form.webp"
        upright.save(file, quality=95)
    plain = desk.row(photograph(save(tmp_path / "plain.png", people.image(BLAIR, 2)), BLAIR))
    row = desk.row(photograph(file, BLAIR))
    assert (plain.outcome, row.outcome) == (Enrolled.ADDED, Enrolled.ADDED)
    assert plain.subject_id == row.subject_id
    first, second = desk.store.watchlists.gallery(desk.examiner.embed([]).model_id, ["missing"])
    assert float(first.template @ second.template) > 0.9


def test_a_second_run_adds_nothing(desk: Desk, people: People) -> None:
    given = [photograph(people.file(BLAIR, n), BLAIR) for n in range(2, 2 + BATCH + 3)]
    first = desk.enrol(given)
    before = desk.store.watchlists.version()
    second = desk.enrol(given)
    added = [row.label for row in first if row.outcome is Enrolled.ADDED]
    assert len(added) >= BATCH
    assert [row.label for row in second if row.outcome is Enrolled.PRESENT] == added
    assert all(row.outcome is not Enrolled.ADDED for row in second)
    assert all("same file is enrolled" in r.reason for r in second if r.label in added)
    assert desk.store.watchlists.version() == before
    (subject,) = desk.store.watchlists.subjects()
    assert subject.references == len(added)


def test_the_same_file_twice_in_a_run(desk: Desk, people: People, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(people.file(BLAIR, 2).read_bytes())
    rows = desk.enrol([photograph(people.file(BLAIR, 2)), photograph(copy)])
    assert {row.label: row.outcome for row in rows} == {
        people.file(BLAIR, 2).name: Enrolled.ADDED,
        "copy.jpg": Enrolled.PRESENT,
    }


@pytest.mark.parametrize("in_one_run", [True, False])
@pytest.mark.parametrize(
    ("name", "case"), [("Somebody Else", ""), ("Somebody", "CASE-2")], ids=["name", "case"]
)
def test_the_same_file_for_another_subject_is_refused(
    desk: Desk, people: People, tmp_path: Path, in_one_run: bool, name: str, case: str
) -> None:
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(people.file(BLAIR, 2).read_bytes())
    first = photograph(people.file(BLAIR, 2), case="CASE-1")
    second = photograph(copy, name, case=case)
    rows = desk.enrol([first, second]) if in_one_run else desk.enrol([first]) + desk.enrol([second])
    refused = next(row for row in rows if row.label == "copy.jpg")
    assert refused.outcome is Enrolled.REFUSED
    differs = "the case number of Somebody differs: expected CASE-1, found CASE-2"
    said = differs if case and not in_one_run else "the same file is"
    assert said in refused.reason
    assert "Somebody" in refused.reason
    assert len(desk.store.watchlists.subjects()) == 1


def test_enrolled_again_on_another_watchlist_is_on_both(desk: Desk, people: People) -> None:
    given = photograph(people.file(BLAIR, 2), BLAIR)
    desk.row(given)
    row = desk.row(given, watchlist="barred")
    assert (row.outcome, row.reason) == (
        Enrolled.PRESENT,
        "the same file is enrolled, now on barred too",
    )
    (subject,) = desk.store.watchlists.subjects()
    assert sorted(subject.watchlists) == ["barred", "missing"]


def test_photographs_of_one_case_are_one_subject_on_every_watchlist(
    desk: Desk, people: People
) -> None:
    rows = [
        desk.row(photograph(people.file(BLAIR, 2), BLAIR, case="C1")),
        desk.row(photograph(people.file(BLAIR, 3), BLAIR, case="C1"), watchlist="barred"),
    ]
    assert {row.outcome for row in rows} == {Enrolled.ADDED}
    assert len({row.subject_id for row in rows}) == 1


def test_like_names_without_a_case_are_one_subject_of_a_watchlist_only(
    desk: Desk, people: People
) -> None:
    first = desk.row(photograph(people.file(BLAIR, 2), BLAIR))
    same = desk.row(photograph(people.file(BLAIR, 3), BLAIR))
    elsewhere = desk.row(
        photograph(people.file(BLAIR, 4), BLAIR, face="largest"), watchlist="barred"
    )
    assert first.subject_id == same.subject_id != elsewhere.subject_id


@pytest.mark.parametrize("in_one_run", [True, False])
def test_the_same_person_under_another_name_draws_a_warning(
    desk: Desk, people: People, in_one_run: bool
) -> None:
    given = [
        photograph(people.file(BLAIR, 2), BLAIR),
        photograph(people.file(BLAIR, 3), "A. Alias"),
    ]
    rows = desk.enrol(given) if in_one_run else [desk.row(one) for one in given]
    assert [row.outcome for row in rows] == [Enrolled.ADDED] * 2
    assert rows[0].warnings == ()
    (warning,) = rows[1].warnings
    assert warning.startswith("looks like Tony Blair (similarity 0.")


def test_a_reference_unlike_the_others_draws_a_warning(desk: Desk, people: People) -> None:
    rows = desk.enrol(
        [
            photograph(people.file(BLAIR, 2), BLAIR),
            photograph(people.file(BLAIR, 3), BLAIR),
            photograph(people.file(PACINO, 1), BLAIR),
        ]
    )
    assert [row.outcome for row in rows] == [Enrolled.ADDED] * 3
    assert [bool(row.warnings) for row in rows] == [False, False, True]
    assert rows[2].warnings[0].startswith("unlike this subject's other references (similarity ")


def test_a_full_disk_refuses_each_row_and_the_next_run_goes_on(
    desk: Desk, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [photograph(people.file(BLAIR, n), BLAIR) for n in (2, 3)]

    def full(subject_id: int, references: Sequence[NewReference]) -> list[int]:
        raise StoreFull("the disk of the store is full")

    with monkeypatch.context() as patched:
        patched.setattr(desk.store.watchlists, "add_references", full)
        rows = desk.enrol(given)
        assert [row.outcome for row in rows] == [Enrolled.REFUSED] * 2
        assert all("full" in row.reason for row in rows)
    assert [row.outcome for row in desk.enrol(given)] == [Enrolled.ADDED] * 2
    (subject,) = desk.store.watchlists.subjects()
    assert subject.references == 2


def test_the_file_is_kept_as_it_was_given(desk: Desk, people: People) -> None:
    row = desk.row(photograph(people.file(BLAIR, 2), BLAIR))
    (reference,) = desk.store.watchlists.references(row.subject_id)
    image = desk.store.watchlists.reference_image(reference.reference_id)
    assert image == people.file(BLAIR, 2).read_bytes()
    assert reference.quality > 0.5


def test_limits_are_those_given(
    desk: Desk, people: People, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.examiner, "limits", replace(desk.examiner.limits, min_face_px=200))
    assert "at least 200 px" in desk.row(photograph(people.file(BLAIR, 2))).reason


def test_a_file_that_a_camera_named_makes_no_subject(desk: Desk) -> None:
    path = Path("IMG_1200.jpg")
    row = desk.row(photograph(path, ""))
    assert row.outcome is Enrolled.REFUSED
    assert row.reason == (
        "the file is named by a camera, not after a person: expected --name, a folder for each "
        "person, or a CSV file, found IMG_1200.jpg"
    )
    assert desk.store.watchlists.subjects() == []


def test_one_who_has_expired_is_enrolled_with_a_warning(desk: Desk, people: People) -> None:
    gone = SubjectDetails(PACINO, expires_at=datetime(2020, 1, 31, tzinfo=UTC))
    first = desk.row(Photograph("first", people.file(PACINO), gone))
    again = desk.row(Photograph("again", people.file(PACINO), SubjectDetails(PACINO)))
    assert (first.outcome, again.outcome) == (Enrolled.ADDED, Enrolled.PRESENT)
    assert (
        first.warnings == again.warnings == ("expired on 2020-01-31: this subject will not match",)
    )
