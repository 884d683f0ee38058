import json
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from facewarden.assess.onnx_presentation import OnnxPresentation
from facewarden.capture.address import parse_address
from facewarden.capture.open import open_source
from facewarden.detect.yunet import YuNet
from facewarden.errors import DataError, ModelRefused
from facewarden.geometry.square_crop import square_crop
from facewarden.models.add import add, add_recognised
from facewarden.models.builtin import DEFAULT_EMBEDDER, MINIFASNET
from facewarden.models.card import Engine
from facewarden.models.open_session import open_session
from facewarden.models.reading_live import live_of
from facewarden.models.registry import Registry
from small_models import write_pair
from small_presentation import BRIGHT, DARK, add_brightness, presentation_card, small_presentation


def model(folder: Path, looks: int) -> OnnxPresentation:
    registry = Registry(folder / "cache")
    found = add_brightness(registry, folder, looks)
    card, session = open_session(registry, found.model_id, engine="onnxruntime")
    return OnnxPresentation(session, card)


def clips(looks: int, *greys: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.stack([np.full((looks, 32, 32, 3), grey, np.uint8) for grey in greys])


@pytest.mark.parametrize("looks", [1, 5])
def test_judges_clips_in_batches(tmp_path: Path, looks: int) -> None:
    greys = tuple(range(20, 220, 10))  # more than one batch
    judged = model(tmp_path, looks).judge(clips(looks, *greys))
    logit = (np.array(greys) - DARK) / BRIGHT
    assert judged.live == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-5)
    if looks == 1:
        assert judged.attention.shape == (20, 0, 1, 1)
    else:
        assert judged.attention[3, :, 0, 0] == pytest.approx(np.full(5, 50.0))
        assert judged.attention.shape == (20, 5, 4, 4)


def test_looks_are_laid_over_each_other_where_the_card_says_so(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    rough = random.integers(30, 220, (9, 9, 3)).astype(np.uint8)
    still = cv2.GaussianBlur(cv2.resize(rough, (48, 48)), (5, 5), 0)
    looks = np.stack([still[8 + i : 40 + i, 8:40] for i in (2, 1, 0, 1, 2)])[None].astype(np.uint8)
    found = model(tmp_path, 5)
    card, session = open_session(Registry(tmp_path / "cache"), found.model_id, engine="onnxruntime")
    laid = card.model_copy(update={"input": card.input.model_copy(update={"registered": True})})
    as_they_came = found.judge(looks).attention[0]
    over_each_other = OnnxPresentation(session, laid).judge(looks).attention[0]
    assert np.abs(as_they_came[0] - as_they_came[2]).mean() > 2
    apart = np.abs(over_each_other - over_each_other[2])[:, 1:3, 1:3].mean()
    assert apart < np.abs(as_they_came - as_they_came[2])[:, 1:3, 1:3].mean() / 4


def test_none_at_all(tmp_path: Path) -> None:
    judged = model(tmp_path, 5).judge(clips(5, 0)[:0])
    assert judged.live.shape == (0,)


def test_what_it_says_of_itself(tmp_path: Path) -> None:
    found = model(tmp_path, 5)
    assert (found.model_id, found.looks, found.factor, found.size_px) == (
        "brightness-5",
        5,
        2.0,
        32,
    )


@pytest.mark.parametrize(
    "shape", [(1, 4, 32, 32, 3), (1, 5, 31, 32, 3), (5, 32, 32, 3)], ids=["few", "small", "flat"]
)
def test_refuses_clips_of_another_shape(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match="clips"):
        model(tmp_path, 5).judge(np.zeros(shape, np.uint8))


def test_refuses_scores_that_are_none(tmp_path: Path) -> None:
    """A file that gives a logit, whose card takes it for a score."""
    body = onnx.load_model_from_string(small_presentation())
    next(node for node in body.graph.node if node.op_type == "Sigmoid").op_type = "Identity"
    registry = Registry(tmp_path / "cache")
    paths = write_pair(tmp_path, body.SerializeToString(), presentation_card())
    card, session = open_session(registry, add(registry, *paths).model_id, engine="onnxruntime")
    with pytest.raises(ModelRefused, match="outside") as refusal:
        OnnxPresentation(session, card).judge(clips(1, 200))
    assert refusal.value.found == "5"


def test_refuses_another_kind_of_model(models_dir: Path) -> None:
    card, session = open_session(Registry(models_dir), DEFAULT_EMBEDDER)
    with pytest.raises(ModelRefused, match="does not detect presentation attacks"):
        OnnxPresentation(session, card)


def test_logits_of_real_and_spoof() -> None:
    found = live_of(np.array([[0, 0], [3, 1], [-900, 900]], np.float32))
    assert found == pytest.approx([0.5, 1 / (1 + np.exp(-2)), 0])


@pytest.mark.shared
def test_minifasnet_says_of_people_that_they_live(
    shared: Path, tmp_path: Path, detector: YuNet
) -> None:
    """Its authors' direction and colours, on real frames: the mean of each of nine people's."""
    registry = Registry(tmp_path)
    card = add_recognised(registry, shared / "models" / "minifasnet_v2se_128.onnx")
    assert card is not None
    assert card.model_id == MINIFASNET
    card, session = open_session(registry, MINIFASNET, engine=Engine.ONNXRUNTIME)
    minifasnet = OnnxPresentation(session, card)
    clips = sorted((shared / "data" / "videos").glob("person_*.mp4"))
    assert len(clips) == 9
    said = {}
    for clip in clips:
        crops = []
        with_frames = open_source(parse_address(str(clip)), camera_id="c", analyse_fps=1.0)
        for frame in with_frames.frames():
            faces = detector.detect(frame.image, size_px=640, min_confidence=0.7)
            if len(faces):
                box = faces.boxes[int(np.argmax(faces.height_px))]
                crops.append(square_crop(frame.image, box, minifasnet.factor, minifasnet.size_px))
        rgb = np.stack(crops)[:, None]
        said[clip.name] = float(minifasnet.live(rgb).mean())
    assert min(said.values()) > 0.5, json.dumps(said)
    assert np.median(list(said.values())) > 0.99, json.dumps(said)
