"""Models as scorers of clips: which looks they are given, and what the watch would say."""

from pathlib import Path

import numpy as np
import pytest

from facewarden.assess.onnx_presentation import OnnxPresentation
from facewarden.assess.quality import Quality
from facewarden.data.presentation import PresentationVerdict
from facewarden.decide.presentation import PresentationFusion
from facewarden.detect.yunet import YuNet
from facewarden.errors import InputError
from facewarden.measure.presentation.looks import spaced_rows
from facewarden.measure.presentation.model_scorer import ModelScorer
from facewarden.measure.presentation.shown_face import FaceFollower, ShownFace
from facewarden.measure.presentation.watch_verdict import VerdictScorer, WatchVerdict
from facewarden.models.add import add_recognised
from facewarden.models.open_session import open_session
from facewarden.models.registry import Registry
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.presentation import Conditions, PresentationCheck
from phantom_clips import held, living, nobody, write_video
from small_presentation import add_brightness


@pytest.fixture(scope="module")
def shown(detector: YuNet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, ShownFace]:
    folder, follower = tmp_path_factory.mktemp("clips"), FaceFollower(detector)
    clips = {"long": living(1, 60), "short": held(1, 12), "wall": nobody(4)}
    return {
        name: follower.follow(write_video(folder / f"{name}.mp4", pictures))
        for name, pictures in clips.items()
    }


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[int, OnnxPresentation]:
    """Networks that tell bright clips from dark ones; of faces they know nothing."""
    folder = tmp_path_factory.mktemp("brightness")
    registry = Registry(folder / "cache")
    opened = {}
    for looks in (1, 5):
        card = add_brightness(registry, folder, looks)
        _, session = open_session(registry, card.model_id, engine="onnxruntime")
        opened[looks] = OnnxPresentation(session, card)
    return opened


def verdict_of(
    models: dict[int, OnnxPresentation], *, min_face_px: float = 40, min_quality: float = 0
) -> WatchVerdict:
    check = PresentationCheck(
        models[1], models[5], Conditions(min_face_px, min_quality), PresentationFusion(), Metrics()
    )
    return WatchVerdict(check, Quality())


@pytest.mark.parametrize(("looks", "answers"), [(1, ("long", "short")), (5, ("long",))])
def test_a_clip_needs_as_many_looks_as_the_model(
    shown: dict[str, ShownFace],
    models: dict[int, OnnxPresentation],
    looks: int,
    answers: tuple[str, ...],
) -> None:
    scorer = ModelScorer(models[looks], Quality())
    scores = {name: scorer.score(one) for name, one in shown.items()}
    assert {name for name, score in scores.items() if np.isfinite(score)} == set(answers)


def test_a_brighter_clip_has_a_higher_score(
    detector: YuNet, models: dict[int, OnnxPresentation], tmp_path: Path
) -> None:
    follower = FaceFollower(detector)
    darker = [np.asarray(picture * 0.8, np.uint8) for picture in living(1, 60)]
    paths = {
        "dark": write_video(tmp_path / "dark.mp4", iter(darker)),
        "bright": write_video(tmp_path / "bright.mp4", living(1, 60)),
    }
    for looks in (1, 5):
        scorer = ModelScorer(models[looks], Quality())
        scores = {name: scorer.score(follower.follow(path)) for name, path in paths.items()}
        assert scores["bright"] > scores["dark"]


def test_looks_are_spaced_as_a_camera_takes_them() -> None:
    assert spaced_rows(np.arange(8, dtype=np.float64) * 0.08, 0.2) == [0, 3, 6]
    assert spaced_rows(np.array([0, 0.2, 0.4, 1.7]), 0.2) == [0, 1, 2, 3]
    assert spaced_rows(np.zeros(0), 0.2) == []


def test_a_model_that_looks_too_far_is_refused(models: dict[int, OnnxPresentation]) -> None:
    class Far(OnnxPresentation):
        factor = 5.0

        def __init__(self) -> None: ...

        model_id = "far"

    with pytest.raises(InputError, match="far looks too far around the face"):
        ModelScorer(Far(), Quality())


def test_the_watch_says_what_both_models_say_together(
    shown: dict[str, ShownFace], models: dict[int, OnnxPresentation]
) -> None:
    verdict = verdict_of(models)
    told = verdict.of(shown["long"])
    assert told.settled
    assert told.looks == 5
    both, picture, clip = (
        VerdictScorer(verdict, part, part).score(shown["long"])
        for part in ("live", "picture", "clip")
    )
    assert min(picture, clip) <= both <= max(picture, clip)
    short = verdict.of(shown["short"])
    assert (short.picture is None, short.clip) == (False, None)
    assert np.isnan(VerdictScorer(verdict, "clip", "clip").score(shown["short"]))
    assert np.isnan(VerdictScorer(verdict, "live", "watch").score(shown["wall"]))


def test_a_face_below_the_watchs_conditions_is_not_assessed(
    shown: dict[str, ShownFace], models: dict[int, OnnxPresentation]
) -> None:
    told = verdict_of(models, min_face_px=120).of(shown["long"])
    assert told.verdict is PresentationVerdict.NOT_ASSESSED
    assert "lower than 120 px" in told.reason


def test_minifasnet_takes_a_real_person_for_one(
    detector: YuNet, shared: Path, tmp_path: Path
) -> None:
    registry = Registry(tmp_path)
    card = add_recognised(registry, shared / "models" / "minifasnet_v2se_128.onnx")
    assert card is not None
    _, session = open_session(registry, card.model_id, engine="onnxruntime")
    scorer = ModelScorer(OnnxPresentation(session, card), Quality())
    follower = FaceFollower(detector, seconds=0.5)
    face = follower.follow(shared / "data" / "videos" / "person_d0.mp4")
    assert scorer.score(face) > 0.9
