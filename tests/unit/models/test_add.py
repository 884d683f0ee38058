import json
from pathlib import Path
from typing import Any

import pytest

from facewarden.errors import ModelError, ModelMissing, ModelRefused
from facewarden.models.add import add, add_drafted, add_recognised
from facewarden.models.builtin import DEFAULT_DETECTOR
from facewarden.models.card import Engine
from facewarden.models.registry import Registry, sha256
from small_models import (
    exposing_embedder,
    small_card,
    small_embedder,
    with_external_data,
    write_pair,
)
from small_presentation import presentation_card, small_presentation


def test_a_model_of_ones_own(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "cache")
    model = small_embedder()
    stored = add(registry, *write_pair(tmp_path, model, small_card()))
    assert stored.sha256 == stored.source_sha256 == sha256(model)
    assert Engine.ONNXRUNTIME in {check.engine for check in stored.checked_on}
    assert registry.get("small-embedder")[0] == stored
    assert add(registry, *write_pair(tmp_path, model, small_card())) == stored


def test_a_detector_of_ones_own(tmp_path: Path, models_dir: Path) -> None:
    card, model = Registry(models_dir).load(DEFAULT_DETECTOR)
    draft = {**json.loads(card.to_json()), "model_id": "my-yunet"}
    stored = add(Registry(tmp_path / "cache"), *write_pair(tmp_path, model, draft))
    assert (stored.kind, stored.model_id) == ("detector", "my-yunet")


GOOD = small_embedder()


@pytest.mark.parametrize(
    ("name", "model", "changes", "words"),
    [
        ("text", b"this is text", {}, "cannot load"),
        ("empty", b"", {}, "cannot load"),
        ("truncated", GOOD[: len(GOOD) // 2], {}, "cannot load"),
        ("other embedding size", small_embedder(size=8), {}, "does not fit the file's outputs"),
        ("other input name", GOOD, {"input__name": "image"}, "does not fit the file's input"),
        (
            "other output name",
            GOOD,
            {"outputs": [{"name": "fc1", "shape": [None, 16]}]},
            "does not fit the file's outputs",
        ),
        ("fixed batch", small_embedder(batch=1), {}, "does not fit the file's input"),
        ("other hash", GOOD, {"sha256": "0" * 64}, "does not have the hash of its card"),
        ("unknown colour", GOOD, {"input__colour": "grey"}, "input.colour"),
        ("other input size", GOOD, {"input__width_px": 96}, "is square, found 112x96"),
        ("unknown key", GOOD, {"threshold": 0.5}, "threshold"),
        ("absurd scale", GOOD, {"input__scale": 1e38}, "input.scale"),
        ("not finite", small_embedder(fill=float("nan")), {}, "not finite"),
    ],
)
def test_refuses(
    tmp_path: Path, name: str, model: bytes, changes: dict[str, Any], words: str
) -> None:
    registry = Registry(tmp_path / "cache")
    with pytest.raises(ModelRefused) as refusal:
        add(registry, *write_pair(tmp_path, model, small_card(**changes)))
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not registry.cache_dir.exists()


def test_refuses_weights_in_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = with_external_data(GOOD, tmp_path)
    monkeypatch.chdir(tmp_path)  # where both engines would find the weights, and load them
    with pytest.raises(ModelRefused, match="weights in another file"):
        add(Registry(tmp_path / "cache"), *write_pair(tmp_path, model, small_card()))


@pytest.mark.parametrize("lost", ["mine.onnx", "mine.json"])
def test_files_that_are_not_there(tmp_path: Path, lost: str) -> None:
    paths = write_pair(tmp_path, GOOD, small_card())
    (tmp_path / lost).unlink()
    with pytest.raises(ModelMissing, match="cannot be read"):
        add(Registry(tmp_path / "cache"), *paths)


@pytest.mark.parametrize("text", ["", "[1]", "{", "null", '"card"'])
def test_a_card_that_is_none(tmp_path: Path, text: str) -> None:
    paths = write_pair(tmp_path, GOOD, small_card())
    paths[1].write_text(text)
    with pytest.raises(ModelError):
        add(Registry(tmp_path / "cache"), *paths)


TOLD: dict[str, Any] = {
    "model_id": "mine",
    "licence": "MIT",
    "source": "a friend",
    "colour": "rgb",
    "mean": 127.5,
    "scale": 0.0078125,
    "alignment": "arcface-112",
}


@pytest.mark.parametrize(
    ("name", "model", "told", "expected"),
    [
        ("all that the file tells", small_embedder(), {}, (112, 112, "nchw", None)),
        ("160 px", exposing_embedder(160, 160), {}, (160, 160, "nchw", None)),
        (
            "channels last, standardised, a box that is not square",
            exposing_embedder(160, 128, layout="nhwc"),
            {"mean": None, "scale": None, "standardise": "image", "alignment": "box"},
            (160, 128, "nhwc", None),
        ),
        ("four at a time", exposing_embedder(112, 112, batch=4), {}, (112, 112, "nchw", 4)),
        (
            "a mean for each channel",
            exposing_embedder(224, 224),
            {"mean": (93.6, 104.8, 129.2), "scale": None},
            (224, 224, "nchw", None),
        ),
    ],
)
def test_a_card_is_made_from_the_file_and_the_options(
    tmp_path: Path,
    name: str,
    model: bytes,
    told: dict[str, Any],
    expected: tuple[int, int, str, int | None],
) -> None:
    path = tmp_path / "mine.onnx"
    path.write_bytes(model)
    stored = add_drafted(Registry(tmp_path / "cache"), path, {**TOLD, **told})
    side = stored.input
    assert (side.height_px, side.width_px, side.layout, side.batch) == expected
    assert stored.outputs[0].shape == (None, stored.embedding_size)


@pytest.mark.parametrize(
    ("name", "model", "told", "words"),
    [
        ("nothing told", small_embedder(), dict.fromkeys(TOLD), "--licence"),
        ("no colour", small_embedder(), {"colour": None}, "--colour"),
        ("no mean", small_embedder(), {"mean": None}, "--standardise"),
        ("no alignment", small_embedder(), {"alignment": None}, "--alignment"),
        ("both", small_embedder(), {"standardise": "image"}, "no place for another mean"),
        ("text", b"text", {}, "not an ONNX file"),
        ("a margin without a box", small_embedder(), {"margin": 0.1}, "belongs to the"),
    ],
)
def test_options_that_do_not_do(
    tmp_path: Path, name: str, model: bytes, told: dict[str, Any], words: str
) -> None:
    path = tmp_path / "mine.onnx"
    path.write_bytes(model)
    with pytest.raises(ModelRefused) as refusal:
        add_drafted(Registry(tmp_path / "cache"), path, {**TOLD, **told})
    assert words in str(refusal.value)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("looks", "logits"), [(1, False), (1, True), (5, False)], ids=["one", "logits", "five"]
)
def test_a_presentation_attack_detector_of_ones_own(
    tmp_path: Path, looks: int, logits: bool
) -> None:
    model = small_presentation(looks=looks, logits=logits)
    paths = write_pair(tmp_path, model, presentation_card(looks=looks, logits=logits))
    stored = add(Registry(tmp_path / "cache"), *paths)
    assert (stored.kind, stored.looks) == ("presentation", looks)
    assert stored.checked_on


def test_a_file_that_is_known_by_its_hash(tmp_path: Path, models_dir: Path) -> None:
    registry = Registry(tmp_path / "cache")
    detector = add_recognised(registry, models_dir / f"{DEFAULT_DETECTOR}.onnx")
    assert detector is not None
    assert registry.get(DEFAULT_DETECTOR)[0] == detector
    (tmp_path / "other.onnx").write_bytes(small_embedder())
    assert add_recognised(registry, tmp_path / "other.onnx") is None
