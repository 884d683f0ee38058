"""An embedder that takes another crop than the common one: named in the settings, no more."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facewarden.config.camera import CameraSettings
from facewarden.config.settings import Settings
from facewarden.data import Frame
from facewarden.models.add import add
from facewarden.models.builtin import DEFAULT_DETECTOR
from facewarden.models.phantom import draw_phantom
from facewarden.models.registry import Registry
from facewarden.pipeline.metrics import Metrics
from facewarden.store.open import Store
from facewarden.wiring.cameras import make_camera
from facewarden.wiring.eyes import make_examiner, make_eyes
from facewarden.wiring.roster import make_roster
from facewarden.wiring.route import make_route
from small_models import exposing_card, exposing_embedder, write_pair


@pytest.mark.models
@pytest.mark.parametrize(
    "changes",
    [
        {"input__alignment": "box", "input__margin": 0.1, "input__standardise": "image"},
        {"input__mean": 127.5, "input__scale": 0.0078125},
    ],
    ids=["FaceNet's kind", "ArcFace at 160"],
)
def test_photographs_and_video_are_cut_alike(
    tmp_path: Path, models_dir: Path, store: Store, changes: dict[str, Any]
) -> None:
    cache = tmp_path / "models"
    cache.mkdir()
    for ending in ("onnx", "json"):
        shutil.copy(models_dir / f"{DEFAULT_DETECTOR}.{ending}", cache)
    card = exposing_card(160, 160, **changes)
    add(Registry(cache), *write_pair(tmp_path, exposing_embedder(160, 160), card))
    settings = Settings.model_validate(
        {
            "models": {"cache_dir": cache, "embedder": "exposing-embedder"},
            "decision": {"min_quality": 0},
            "watchlists": [{"name": "missing", "threshold": {"euclidean": 0.5}}],
        }
    )
    picture = draw_phantom(480, 640, ((320, 240, 110),))
    picture[:240] //= 2  # what is cut out tells where it was
    eyes = make_eyes(settings)
    (face,) = (examiner := make_examiner(eyes)).faces(picture)
    assert face.crop.shape == (160, 160, 3)
    template = examiner.embed([face])

    camera = make_camera(CameraSettings(id="gate", source="rtsp://camera.invalid/1"))
    now = datetime.now(UTC)
    outcome = make_route(settings, eyes, store, Metrics()).step(
        [(camera, Frame("gate", 0, now, now, picture))],
        make_roster(store, eyes.embedder, [], settings),
    )
    assert not outcome.failures
    (person,) = camera.people.values()
    assert person.evidence.looks == 1
    alike = (template.vectors @ person.fusion.template().vectors.T).item()
    assert alike > 0.99  # landmarks found again close up against those of a glance
    assert np.ptp(template.vectors) > 0.1
