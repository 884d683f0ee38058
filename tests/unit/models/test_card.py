import json
from datetime import date
from typing import Any

import pytest

from facewarden.errors import ModelRefused
from facewarden.models.builtin import builtins
from facewarden.models.card import Engine, ModelCard, Precision, read_card
from small_models import small_card
from small_presentation import presentation_card

HASHES = {"sha256": "0" * 64, "source_sha256": "1" * 64}


def point(fmr: float, similarity: float, precision: str = "float32") -> dict[str, Any]:
    return {
        "fmr": fmr,
        "similarity": similarity,
        "engine": "onnxruntime",
        "precision": precision,
        "data": "made up",
        "comparisons": 10,
        "date": "2026-11-22",
        "command": "none",
    }


def card(**changes: Any) -> ModelCard:
    return read_card(json.dumps(small_card(**{**HASHES, **changes})), "card")


def test_a_card_survives_its_file() -> None:
    one = card(calibration=[point(1e-3, 0.3)], default_fmr=1e-3)
    assert read_card(one.to_json(), "card") == one
    assert one.calibration[0].date == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"colour": "rgb"}, "Extra inputs are not permitted"),
        ({"input__colour": "grey"}, "input.colour"),
        ({"input__scale": 0}, "input.scale"),
        ({"input__mean": float("inf")}, "input.mean"),
        ({"input__width_px": 128}, "arcface-112 is square, found 112x128"),
        ({"input__alignment": "none"}, "arcface-112"),
        ({"input__alignment": "eyes"}, "input.alignment"),
        ({"input__height_px": None}, "a fixed height and width"),
        ({"input__height_px": 2048, "input__width_px": 2048}, "of 16 to 1024 px"),
        ({"input__height_px": 8, "input__width_px": 8}, "of 16 to 1024 px"),
        ({"input__mean": [1, 2]}, "input.mean"),
        ({"input__scale": [1, 1, 0]}, "input.scale"),
        ({"input__standardise": "image"}, "no place for another mean"),
        ({"input__margin": 0.2}, "a margin belongs to the alignment box"),
        ({"input__alignment": "box", "input__margin": 3}, "input.margin"),
        ({"input__factor": 2.0}, "a factor belongs to the alignment square"),
        ({"input__registered": True}, "registered belongs to the alignment square"),
        ({"input__alignment": "square", "input__factor": 2.0}, "alignment arcface-112, dlib-150"),
        ({"looks": 5}, "only a model of presentation attack detection has several looks"),
        ({"input__layout": "chwn"}, "input.layout"),
        ({"input__batch": 0}, "input.batch"),
        ({"metric": "manhattan"}, "metric"),
        ({"model_id": "../escape"}, "model_id"),
        ({"model_id": "Upper"}, "model_id"),
        ({"sha256": "abc"}, "sha256"),
        ({"licence": ""}, "licence"),
        ({"embedding_size": 17}, "embedding_size 17 is not the output's length"),
        ({"embedding_size": 0}, "has an embedding_size"),
        ({"kind": "detector"}, "yunet or mtcnn"),
        ({"kind": "detector", "architecture": "yunet"}, "yunet has 12 outputs, found 1"),
        ({"kind": "detector", "architecture": "mtcnn"}, "mtcnn has 2 parts, found 0"),
        ({"kind": "part"}, "a part has the architecture mtcnn-stage"),
        ({"kind": "part", "input__alignment": "arcface-112"}, "alignment none"),
        ({"parts": [{"model_id": "one"}]}, "parts.0.sha256"),
        ({"kind": "attribute"}, "kind"),
        ({"architecture": "yunet"}, "architecture embedding"),
        ({"outputs": []}, "outputs"),
        ({"calibration": [point(0, 0.3)]}, "calibration.0.fmr"),
        ({"calibration": [point(1e-3, 1.3)]}, "calibration.0.similarity"),
        ({"calibration": [{**point(1e-3, 0.3), "engine": "torch"}]}, "calibration.0.engine"),
    ],
)
def test_refuses(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelRefused, match="is not valid") as refusal:
        card(**changes)
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"architecture": "embedding"}, "has the architecture presentation"),
        ({"embedding_size": 2}, "has no embedding_size"),
        ({"input__alignment": "box", "input__factor": None}, "alignment square"),
        ({"input__factor": None}, "that needs one"),
        ({"input__width_px": 64}, "is square, found 32x64"),
        ({"input__height_px": 8, "input__width_px": 8}, "of 16 to 1024 px"),
        ({"looks": 0}, "looks"),
        ({"input__layout": "nhwc"}, "several looks have the layout nchw"),
        ({"outputs": [{"name": "live", "shape": [None, 3]}]}, "the first output is n"),
        ({"outputs": [{"name": "live", "shape": [None]}] * 2}, "a second output is"),
    ],
)
def test_refuses_of_presentation_attack_detection(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelRefused, match="is not valid") as refusal:
        read_card(json.dumps({**presentation_card(**{"looks": 5, **changes}), **HASHES}), "card")
    assert words in str(refusal.value)


def test_the_input_of_several_looks() -> None:
    several = read_card(json.dumps({**presentation_card(looks=5), **HASHES}), "card")
    assert several.input_shape == (None, 5, 3, 32, 32)
    assert card().input_shape == (None, 3, 112, 112)


def test_says_everything_that_is_wrong_at_once() -> None:
    with pytest.raises(ModelRefused) as refusal:
        card(licence="", input__colour="grey", surplus=1)
    assert all(word in str(refusal.value) for word in ("licence", "input.colour", "surplus"))


@pytest.mark.parametrize("text", [b"", b"[]", b"not json", b"\xff\xfe", b'{"model_id": NaN}'])
def test_refuses_what_is_no_card(text: bytes) -> None:
    with pytest.raises(ModelRefused, match="card"):
        read_card(text, "card")


class TestSimilarityAt:
    CALIBRATED = card(
        calibration=[point(1e-4, 0.4), point(1e-2, 0.2), point(1e-2, 0.21, "bfloat16")]
    )

    @pytest.mark.parametrize(
        ("fmr", "engine", "precision", "expected"),
        [
            (1e-4, Engine.ONNXRUNTIME, Precision.FLOAT32, 0.4),
            (1e-2, Engine.ONNXRUNTIME, Precision.FLOAT32, 0.2),
            (1e-3, Engine.ONNXRUNTIME, Precision.FLOAT32, 0.3),
            (1e-3, Engine.OPENVINO, Precision.FLOAT32, 0.3),
            (1e-2, Engine.OPENVINO, Precision.BFLOAT16, 0.21),
        ],
    )
    def test_known(self, fmr: float, engine: Engine, precision: Precision, expected: float) -> None:
        found = self.CALIBRATED.similarity_at(fmr, engine, precision)
        assert found == pytest.approx(expected)

    @pytest.mark.parametrize("fmr", [1e-5, 0.1])
    def test_does_not_guess_beyond_what_was_measured(self, fmr: float) -> None:
        with pytest.raises(ModelRefused, match="not calibrated for this false match rate"):
            self.CALIBRATED.similarity_at(fmr, Engine.ONNXRUNTIME, Precision.FLOAT32)

    def test_does_not_lend_between_precisions(self) -> None:
        only = card(calibration=[point(1e-3, 0.3)])
        with pytest.raises(ModelRefused, match="no calibration for openvino in bfloat16"):
            only.similarity_at(1e-3, Engine.OPENVINO, Precision.BFLOAT16)


def test_default_cards_are_calibrated_for_what_they_were_checked_on() -> None:
    detector, embedder = (model.card for model in builtins())
    assert (detector.kind, embedder.kind) == ("detector", "embedder")
    assert len(embedder.checked_on) == 3
    for check in embedder.checked_on:
        assert embedder.default_fmr is not None
        by_rate = [
            embedder.similarity_at(fmr, check.engine, check.precision)
            for fmr in (1e-3, 1e-4, 1e-5, embedder.default_fmr)
        ]
        assert by_rate == sorted(by_rate)
