"""Enrolment where a living person is claimed."""

from pathlib import Path

import cv2
import pytest

from facewarden.assess.onnx_presentation import OnnxPresentation
from facewarden.data import SubjectDetails
from facewarden.decide.presentation import PresentationFusion
from facewarden.models.add import add_recognised
from facewarden.models.open_session import open_session
from facewarden.models.registry import Registry
from facewarden.pipeline.enrol import Enrolled, Enroller, EnrolmentRow
from facewarden.pipeline.examine import Examiner
from facewarden.pipeline.live_claim import LiveClaim
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.photographs import Photograph
from facewarden.pipeline.presentation import Conditions, PresentationCheck
from facewarden.store.open import Store
from small_presentation import add_brightness
from unit.pipeline.conftest import People

BLAIR = "Tony Blair"


def claim(model: OnnxPresentation, min_face_px: float = 64) -> LiveClaim:
    conditions = Conditions(min_face_px, 0.35)
    return LiveClaim(PresentationCheck(model, None, conditions, PresentationFusion(), Metrics()))


def opened(registry: Registry, model_id: str) -> OnnxPresentation:
    card, session = open_session(registry, model_id, engine="onnxruntime")
    return OnnxPresentation(session, card)


@pytest.fixture(scope="module")
def brightness(tmp_path_factory: pytest.TempPathFactory) -> OnnxPresentation:
    """What is bright lives, for want of a real model whose answer could be turned at will."""
    folder = tmp_path_factory.mktemp("brightness")
    registry = Registry(folder / "cache")
    return opened(registry, add_brightness(registry, folder).model_id)


def enrol(examiner: Examiner, store: Store, file: Path, live: LiveClaim | None) -> EnrolmentRow:
    enroller = Enroller(
        examiner,
        store.watchlists,
        "missing",
        model_id=examiner.embed([]).model_id,
        watchlists=["missing"],
        alike_from=1.0,
        unlike_below=-1.0,
        live=live,
    )
    (row,) = enroller.enrol([Photograph(file.name, file, SubjectDetails(BLAIR))])
    return row


@pytest.mark.parametrize(
    ("alpha", "beta", "min_face_px", "reason"),
    [
        (0.5, 125, 64, ""),
        (0.4, 10, 64, "looks like a picture of a picture"),
        (0.5, 125, 400, "cannot be checked: found no look; face lower than 400 px; take a larger"),
    ],
    ids=["alive", "picture", "cannot be judged"],
)
def test_a_claim_holds_or_is_refused(
    examiner: Examiner,
    store: Store,
    people: People,
    tmp_path: Path,
    brightness: OnnxPresentation,
    alpha: float,
    beta: float,
    min_face_px: float,
    reason: str,
) -> None:
    file = tmp_path / "photograph.png"
    cv2.imwrite(str(file), cv2.convertScaleAbs(people.image(BLAIR, 2), alpha=alpha, beta=beta))
    row = enrol(examiner, store, file, claim(brightness, min_face_px))
    if not reason:
        assert row.outcome is Enrolled.ADDED
        return
    assert row.outcome is Enrolled.REFUSED
    assert reason in row.reason
    assert not store.watchlists.subjects()
    assert enrol(examiner, store, file, None).outcome is Enrolled.ADDED  # without that claim


@pytest.mark.shared
def test_minifasnet_lets_a_photograph_of_a_person_pass(
    examiner: Examiner, store: Store, people: People, shared: Path, tmp_path: Path
) -> None:
    registry = Registry(tmp_path / "cache")
    card = add_recognised(registry, shared / "models" / "minifasnet_v2se_128.onnx")
    assert card is not None
    live = claim(opened(registry, card.model_id))
    row = enrol(examiner, store, people.file(BLAIR, 2), live)
    assert row.outcome is Enrolled.ADDED, row.reason
