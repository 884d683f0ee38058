"""What published embedders are fed, each through its card and a real graph that shows it."""

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.models.card import read_card
from facewarden.models.engines import choices, start
from facewarden.models.registry import sha256
from small_models import TILES, exposing_card, exposing_embedder

CASES: dict[str, dict[str, Any]] = {
    "AuraFace, ArcFace: 112 RGB, -1 to 1": {
        "side": 112,
        "card": {"input__mean": 127.5, "input__scale": 1 / 127.5},
    },
    "FaceNet: 160 RGB, each picture standardised": {
        "side": 160,
        "card": {
            "input__standardise": "image",
            "input__alignment": "box",
            "input__margin": 0.1,
        },
    },
    "FaceNet of Keras: the same, channels last": {
        "side": 160,
        "layout": "nhwc",
        "card": {"input__standardise": "image", "input__alignment": "box"},
    },
    "VGG-Face: 224 BGR, a mean for each channel": {
        "side": 224,
        "layout": "nhwc",
        "card": {
            "input__colour": "bgr",
            "input__mean": [93.594, 104.7624, 129.1863],
            "input__alignment": "box",
        },
    },
    "VGG-Face2 ResNet: 224, mean and scale for each channel": {
        "side": 224,
        "card": {
            "input__mean": [123.675, 116.28, 103.53],
            "input__scale": [0.0171, 0.0175, 0.0174],
        },
    },
    "dlib: 150 RGB": {
        "side": 152,  # the graph's tiles need a multiple of 4
        "card": {
            "input__mean": [122.782, 117.001, 104.298],
            "input__scale": 1 / 256,
            "input__alignment": "dlib-150",
        },
    },
    "a file that takes four at a time": {
        "side": 112,
        "batch": 4,
        "card": {"input__mean": 127.5, "input__batch": 4},
    },
    "a file that takes one at a time": {
        "side": 112,
        "batch": 1,
        "card": {"input__mean": 127.5, "input__batch": 1},
    },
}


def by_hand(crops: NDArray[np.uint8], case: dict[str, Any]) -> NDArray[np.float64]:
    """The same in plain words: colour, mean, scale or standardisation, tile means, length 1."""
    card, side = case["card"], case["side"]
    rows = []
    for crop in crops.astype(np.float64):
        picture = crop if card.get("input__colour") == "bgr" else crop[..., ::-1]
        if card.get("input__standardise") == "image":
            picture = (picture - picture.mean()) / max(picture.std(), 1 / np.sqrt(picture.size))
        else:
            mean = np.array(card.get("input__mean", 0))
            picture = (picture - mean) * np.array(card.get("input__scale", 1))
        tile = side // TILES
        means = [
            picture[r * tile : (r + 1) * tile, c * tile : (c + 1) * tile, channel].mean()
            for channel in range(3)
            for r in range(TILES)
            for c in range(TILES)
        ]
        vector = np.array([*means, 1.0])
        rows.append(vector / np.linalg.norm(vector))
    return np.array(rows)


def embedder(case: dict[str, Any], engine: int = 0, *, flip: bool = False) -> OnnxEmbedder:
    layout, side = case.get("layout", "nchw"), case["side"]
    model = exposing_embedder(side, side, layout=layout, batch=case.get("batch", "n"))
    digest = sha256(model)
    draft = exposing_card(side, side, input__layout=layout, **case["card"])
    card = read_card(json.dumps({**draft, "sha256": digest, "source_sha256": digest}), "card")
    return OnnxEmbedder(start(model, card, choices()[engine], threads=1), card, flip=flip)


def pictures(side: int, count: int = 6) -> NDArray[np.uint8]:
    """Soft blobs of colour: tiles differ, and so do channels."""
    rng = np.random.default_rng(side)
    coarse = rng.integers(0, 256, (count, TILES, TILES, 3))
    return np.kron(coarse, np.ones((1, side // TILES, side // TILES, 1))).astype(np.uint8)


@pytest.mark.parametrize("engine", range(min(2, len(choices()))))
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_is_fed_as_its_card_says(case: dict[str, Any], engine: int) -> None:
    crops = pictures(case["side"])
    found = embedder(case, engine).embed(crops)
    np.testing.assert_allclose(found.vectors, by_hand(crops, case), atol=2e-4)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_mirrored_along_its_rows_whatever_the_layout(case: dict[str, Any]) -> None:
    crops = pictures(case["side"], 2)
    expected = by_hand(crops, case) + by_hand(crops[:, :, ::-1], case)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    found = embedder(case, flip=True).embed(crops)
    np.testing.assert_allclose(found.vectors, expected, atol=2e-4)


def test_a_picture_of_one_grey_is_standardised_without_a_division_by_nothing() -> None:
    grey = np.full((1, 160, 160, 3), 90, np.uint8)
    found = embedder(CASES["FaceNet: 160 RGB, each picture standardised"]).embed(grey)
    np.testing.assert_allclose(found.vectors[0, :-1], 0, atol=1e-6)
