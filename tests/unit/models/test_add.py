import json
from pathlib import Path
from typing import Any

import pytest

from facewarden.errors import ModelError, ModelMissing, ModelRefused
from facewarden.models.add import add
from facewarden.models.builtin import DEFAULT_DETECTOR
from facewarden.models.card import Engine
from facewarden.models.registry import Registry, sha256
from small_models import small_card, small_embedder, with_external_data, write_pair


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
