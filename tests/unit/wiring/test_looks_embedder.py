"""Looks of a watch by an embedder of their own, references by the one that enrols."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from facewarden.cli.main import app
from facewarden.config.settings import Settings
from facewarden.embed.looks_embedder import LooksEmbedder
from facewarden.errors import ModelRefused
from facewarden.models.builtin import DEFAULT_DETECTOR, DEFAULT_EMBEDDER
from facewarden.models.own_weights import LOOKS
from facewarden.models.registry import Registry
from facewarden.thresholds import model_words
from facewarden.wiring.eyes import make_embedder_of_looks, make_eyes, with_model
from system.scenes import first_photographs, folder_camera

pytestmark = pytest.mark.models


@pytest.fixture
def cache(tmp_path: Path, models_dir: Path) -> Path:
    """The default models, and a pupil: the same network, whose looks are never mirrored."""
    folder = tmp_path / "models"
    folder.mkdir()
    for name in (DEFAULT_DETECTOR, DEFAULT_EMBEDDER):
        for ending in ("onnx", "json"):
            shutil.copy(models_dir / f"{name}.{ending}", folder)
    pupil(folder)
    return folder


def pupil(folder: Path, **changes: Any) -> None:
    card = json.loads((folder / f"{DEFAULT_EMBEDDER}.json").read_text())
    card |= {"model_id": "pupil", "compares_with": DEFAULT_EMBEDDER, **changes}
    card["template"] = {**card["template"], "flip": False}
    (folder / "pupil.json").write_text(json.dumps(card))
    if not (folder / "pupil.onnx").exists():
        shutil.copy(folder / f"{DEFAULT_EMBEDDER}.onnx", folder / "pupil.onnx")


def settings(cache: Path, **models: Any) -> Settings:
    chosen = {"cache_dir": cache, "engine": "onnxruntime", "looks_embedder": "pupil", **models}
    return Settings.model_validate({"models": chosen})


def crops() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(3).integers(0, 256, (3, 112, 112, 3)).astype(np.uint8)


def test_its_templates_are_compared_with_those_of_photographs(cache: Path) -> None:
    for nobody in (None, DEFAULT_EMBEDDER):
        alone = make_eyes(settings(cache, looks_embedder=nobody))
        assert alone.of_looks is alone.embedder
    eyes = make_eyes(settings(cache))
    assert isinstance(eyes.of_looks, LooksEmbedder)
    assert [model for model, _ in eyes.engines] == [DEFAULT_DETECTOR, DEFAULT_EMBEDDER, "pupil"]
    reference, look = eyes.embedder.embed(crops()), eyes.of_looks.embed(crops())
    assert reference.model_id == look.model_id == eyes.of_looks.model_id == DEFAULT_EMBEDDER
    np.testing.assert_allclose(look.vectors, eyes.embedder.glance(crops()).vectors, atol=0.02)
    assert not np.allclose(look.vectors, reference.vectors, atol=0.02)
    np.testing.assert_array_equal(eyes.of_looks.glance(crops()).vectors, look.vectors)
    # Thresholds and what a site learns of strangers are the pupil's own.
    assert model_words(eyes.of_looks).startswith("pupil ")
    assert eyes.of_looks.tail is not None
    assert make_embedder_of_looks(settings(cache)).tail == eyes.of_looks.tail


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"compares_with": None}, "found compares_with nobody, 128 numbers, arcface-112"),
        ({"compares_with": "another"}, "found compares_with another"),
    ],
)
def test_one_that_does_not_compare_is_refused(
    cache: Path, changes: dict[str, Any], words: str
) -> None:
    pupil(cache, **changes)
    for load in (make_eyes, make_embedder_of_looks):
        with pytest.raises(ModelRefused, match=words):
            load(settings(cache))


def test_a_model_that_compares_is_calibrated_against_what_it_compares_with(cache: Path) -> None:
    here = settings(cache, looks_embedder=None)
    chosen = with_model(here, "pupil").models
    assert (chosen.embedder, chosen.looks_embedder) == (DEFAULT_EMBEDDER, "pupil")
    back = with_model(settings(cache), DEFAULT_EMBEDDER).models
    assert (back.embedder, back.looks_embedder) == (DEFAULT_EMBEDDER, DEFAULT_EMBEDDER)


def test_our_own_looks_where_none_is_named(cache: Path, models_dir: Path) -> None:
    for ending in ("onnx", "json"):
        shutil.copy(models_dir / f"{LOOKS}.{ending}", cache)
    eyes = make_eyes(settings(cache, looks_embedder=None))
    assert isinstance(eyes.of_looks, LooksEmbedder)
    assert eyes.of_looks.scored_by == LOOKS
    assert make_embedder_of_looks(settings(cache, looks_embedder=None)).tail == eyes.of_looks.tail
    # Every engine and precision that may be chosen has thresholds.
    card, _ = Registry(cache).get(LOOKS)
    base, _ = Registry(cache).get(DEFAULT_EMBEDDER)
    assert {(one.engine, one.precision) for one in card.tails} == {
        (one.engine, one.precision) for one in base.tails
    }
    # Another embedder's references are none of its.
    pupil(cache, compares_with=None)
    other = make_eyes(settings(cache, embedder="pupil", looks_embedder=None))
    assert other.of_looks is other.embedder
    # A damaged file is told, not passed over.
    (cache / f"{LOOKS}.onnx").write_bytes(b"damaged")
    with pytest.raises(ModelRefused, match="does not have the hash of its card"):
        make_eyes(settings(cache, looks_embedder=None))


@pytest.mark.shared
def test_the_whole_way(
    cache: Path, shared: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEWARDEN_HOME", str(home))
    config = tmp_path / "facewarden.yaml"
    chosen: dict[str, Any] = {"cache_dir": str(cache), "engine": "onnxruntime"}

    def said(*words: str | Path) -> str:
        config.write_text(json.dumps({"models": chosen}))
        typed = [*map(str, words), "--config", str(config)]
        done = CliRunner().invoke(app, typed, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return " ".join(done.stdout.split())

    first, second = first_photographs(shared, 2)
    said("enrol", "-w", "missing", "--face", "largest", first)
    assert f"{LOOKS}, which knows more people in video, is absent" in said("doctor")
    camera = folder_camera(tmp_path / "hall", [first, first, second, second])
    chosen["looks_embedder"] = "pupil"
    assert "pupil on " in said("doctor")
    # A calibration from before looks had a model of their own says nothing of watchlists.
    registry = Registry(cache)
    registry.calibrate(DEFAULT_EMBEDDER, registry.get(DEFAULT_EMBEDDER)[0].tails)
    old = f"your calibration is of {DEFAULT_EMBEDDER}, watchlists follow from pupil"
    assert old in said("doctor")
    registry.calibrate("pupil", registry.get("pupil")[0].tails)
    assert old not in said("doctor")
    shutil.rmtree(cache / "calibrations")
    summary = json.loads(said("watch", camera, "-w", "missing", "--json"))
    assert sum(summary["alerts"].values()) == 1
    # What ran can be told afterwards, of each alert too.
    (alert,) = json.loads(said("alerts", "list", "--json"))
    assert (alert["model_id"], alert["looks_model_id"]) == (DEFAULT_EMBEDDER, "pupil")
    told = said("alerts", "show", alert["alert_id"])
    assert f"{DEFAULT_EMBEDDER} of the photographs, pupil of the looks" in told
    (began,) = [
        e for e in json.loads(said("audit", "show", "--json")) if e["action"] == "watch.start"
    ]
    models = began["details"]["models"]
    assert [one.split(" on ")[0] for one in models] == [DEFAULT_DETECTOR, DEFAULT_EMBEDDER, "pupil"]
    # Without a calibration of its own a list has no threshold.
    pupil(cache, tails=[], calibration=[], default_fmr=None)
    assert "models.looks_embedder is not calibrated" in said("doctor")
    with pytest.raises(ModelRefused, match=r"pupil .* is not calibrated, so the watchlist missing"):
        said("watch", camera, "-w", "missing", "--json")
