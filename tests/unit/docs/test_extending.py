"""The examples of docs/extend/ stand on their pages as they are, and run with the real models."""

from pathlib import Path

import numpy as np
import pytest

from facewarden.align.align import align
from facewarden.capture.image import read_image
from facewarden.detect.detector import Detector
from facewarden.detect.yunet import YuNet
from facewarden.embed.embedder import Embedder
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.errors import ModelRefused
from facewarden.models.builtin import DEFAULT_EMBEDDER
from facewarden.models.open_session import open_session
from facewarden.models.registry import Registry
from page_examples import EXTEND, example


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("detector.md", "halves"),
        ("embedder.md", "two_opinions"),
        ("add-a-loss.md", "soft_margin"),
        ("add-a-backbone.md", "five_strides"),
    ],
)
def test_the_page_shows_the_file(page: str, name: str) -> None:
    code = (EXTEND / "examples" / f"{name}.py").read_text(encoding="utf-8")
    assert f"```python\n{code}```" in (EXTEND / page).read_text(encoding="utf-8")


def test_halves_finds_a_face_too_small_for_the_whole(shared: Path, detector: YuNet) -> None:
    photograph = sorted((shared / "data/lfw-dev/images").glob("*/*.jpg"))[0]
    image, _ = read_image(photograph)
    wide = np.full((720, 1280, 3), 90, np.uint8)
    wide[100:350, 950:1200] = image
    halves: Detector = example("halves").Halves(detector)
    whole = detector.detect(wide, size_px=128, min_confidence=0.6)
    found = halves.detect(wide, size_px=128, min_confidence=0.6)
    assert halves.model_id == detector.model_id
    assert not len(whole)
    assert len(found) == 1
    x1, y1, x2, y2 = found.boxes[0]
    assert 950 < x1 < x2 < 1200
    assert 100 < y1 < y2 < 350


def test_two_opinions_are_the_mean_of_both(
    shared: Path, models_dir: Path, detector: YuNet, embedder: OnnxEmbedder
) -> None:
    card, session = open_session(Registry(models_dir), DEFAULT_EMBEDDER)
    other = OnnxEmbedder(session, card, flip=True)
    photographs = sorted((shared / "data/lfw-dev/images").glob("*/*.jpg"))[:3]
    crops = []
    for photograph in photographs:
        image, _ = read_image(photograph)
        faces = detector.detect(image, size_px=640, min_confidence=0.6)
        crops.append(align(image, faces.landmarks[:1])[0])
    batch = np.stack(crops)
    both: Embedder = example("two_opinions").TwoOpinions(embedder, other)
    together, one, two = (m.embed(batch).vectors for m in (both, embedder, other))
    assert both.dimension == together.shape[1] == 256
    assert np.allclose(together @ together.T, (one @ one.T + two @ two.T) / 2, atol=1e-5)
    assert len(both.embed(batch[:0])) == 0
    with pytest.raises(ModelRefused, match="not calibrated"):
        _ = both.default_threshold
