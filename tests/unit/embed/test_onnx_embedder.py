import json

import numpy as np
import pytest
from numpy.typing import NDArray

from facewarden.data import Float32
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.errors import DataError, ModelRefused
from facewarden.models.builtin import DEFAULT_EMBEDDER, builtins
from facewarden.models.card import Engine, ModelCard, Precision, read_card
from facewarden.models.engines import REFERENCE, start
from facewarden.models.phantom import draw_phantom
from facewarden.models.registry import sha256
from small_models import small_card, small_embedder


def crops(n: int) -> NDArray[np.uint8]:
    drawn = [draw_phantom(112, 112, ((50 + i, 60, 45 + i),)) for i in range(n)]
    return np.array(drawn, np.uint8).reshape(-1, 112, 112, 3)


def card(**changes: object) -> ModelCard:
    digest = sha256(small_embedder())
    return read_card(json.dumps(small_card(sha256=digest, source_sha256=digest, **changes)), "card")


def embedder(*, flip: bool = False, **changes: object) -> OnnxEmbedder:
    described = card(**changes)
    return OnnxEmbedder(
        start(small_embedder(), described, REFERENCE, threads=1), described, flip=flip
    )


def test_as_the_card_says_by_hand() -> None:
    """The small model is a pooling and a product: numpy can do the same."""
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (20, 112, 112, 3)).astype(np.uint8)  # more than one batch
    found = embedder(input__colour="rgb").embed(images)
    fed = (images[..., ::-1].astype(np.float64) - 127.5) * 0.0078125
    tiles = fed.reshape(20, 7, 16, 7, 16, 3).mean(axis=(2, 4)).transpose(0, 3, 1, 2)
    weights = np.random.default_rng(0).standard_normal((3 * 7 * 7, 16)).astype(np.float32)
    expected = tiles.reshape(20, -1) @ weights
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(found.vectors, expected, atol=2e-3)
    assert found.model_id == "small-embedder"


def test_colour_order_is_the_cards() -> None:
    blue = np.zeros((1, 112, 112, 3), np.uint8)
    blue[..., 0] = 255
    one, other = (embedder(input__colour=c).embed(blue).vectors for c in ("bgr", "rgb"))
    assert float((one * other).sum()) < 0.9


def test_flip_makes_a_face_and_its_mirror_one() -> None:
    images = crops(3)
    mirrored = np.ascontiguousarray(images[:, :, ::-1])
    pooled = embedder(flip=True)
    np.testing.assert_allclose(
        pooled.embed(images).vectors, pooled.embed(mirrored).vectors, atol=1e-5
    )
    plain = embedder()
    assert np.abs(plain.embed(images).vectors - plain.embed(mirrored).vectors).max() > 1e-3


def test_no_crop() -> None:
    found = embedder().embed(crops(0))
    assert found.vectors.shape == (0, 16)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((1, 111, 112, 3), np.uint8),
        np.zeros((112, 112, 3), np.uint8),
        np.zeros((1, 3, 112, 112), np.uint8),
        np.zeros((1, 112, 112, 3), np.float32),
    ],
)
def test_refuses_other_crops(wrong: NDArray[np.uint8]) -> None:
    with pytest.raises(DataError):
        embedder().embed(wrong)


class Broken:
    """A runtime that gives the same vector whatever it is fed."""

    engine = Engine.ONNXRUNTIME
    precision = Precision.FLOAT32

    def __init__(self, value: float) -> None:
        self.value = value

    def run(self, batch: Float32) -> tuple[Float32, ...]:
        rows = np.ones((len(batch), 16), np.float32)
        rows[-1] = self.value
        return (rows,)


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_an_embedding_that_is_none_never_becomes_a_template(value: float) -> None:
    with pytest.raises(ModelRefused, match="zero or not finite"):
        OnnxEmbedder(Broken(value), card()).embed(crops(2))


def test_threshold_is_of_the_engine_and_precision_in_use(embedder: OnnxEmbedder) -> None:
    described = next(m.card for m in builtins() if m.card.model_id == DEFAULT_EMBEDDER)
    expected = described.similarity_at(1e-6, embedder.engine, embedder.precision)
    assert embedder.default_threshold == expected
    assert 0.4 < expected < 0.6


def test_no_calibration_no_threshold() -> None:
    with pytest.raises(ModelRefused, match="not calibrated"):
        _ = embedder().default_threshold


def test_a_drawn_face_is_itself_however_it_is_lit(embedder: OnnxEmbedder) -> None:
    image = crops(1)
    darker = (image * 0.7).astype(np.uint8)
    vectors = embedder.embed(np.concatenate([image, darker])).vectors
    assert float(vectors[0] @ vectors[1]) > 0.8


def test_a_glance_leaves_the_mirror_image_out() -> None:
    seen = crops(3)
    np.testing.assert_array_equal(
        embedder(flip=True).glance(seen).vectors, embedder().embed(seen).vectors
    )
