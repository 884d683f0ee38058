"""Uploads of which it is claimed that a living person was photographed."""

import io
import time
import zipfile
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest

from facewarden.config.models import ModelsSettings
from facewarden.config.settings import Settings
from facewarden.config.store import StoreSettings
from facewarden.models.registry import Registry
from facewarden.store.open import Store
from small_presentation import add_brightness

pytestmark = [pytest.mark.models, pytest.mark.shared]


@pytest.fixture
def settings(tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """What is bright lives, for want of a real model whose answer could be turned at will."""
    store = StoreSettings(data_dir=tmp_path / "data")
    if getattr(request, "param", "") == "no model":
        return Settings(store=store)
    cache = tmp_path / "cache"
    card = add_brightness(Registry(cache), tmp_path)
    models = ModelsSettings(cache_dir=cache, presentation_picture=card.model_id)
    return Settings(store=store, models=models)


@pytest.fixture
def face(shared: Path) -> Path:
    return min((shared / "data" / "lfw-dev").rglob("*_0002.jpg"))


def photograph(file: Path, alpha: float, beta: float) -> bytes:
    picture = cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    _, data = cv2.imencode(".png", cv2.convertScaleAbs(picture, alpha=alpha, beta=beta))
    return bytes(data)


def references_of(client: httpx.Client, store: Store) -> str:
    store.watchlists.ensure("missing")
    body = {"details": {"name": "Ann"}, "watchlist": "missing"}
    made = client.post("/api/v1/subjects", json=body).json()
    return f"/api/v1/subjects/{made['subject_id']}/references"


def test_a_picture_of_a_picture_is_refused_where_life_is_claimed(
    administrator: httpx.Client, store: Store, face: Path
) -> None:
    path = references_of(administrator, store)
    dark, bright = photograph(face, 0.4, 10), photograph(face, 0.5, 125)
    refused = administrator.post(path, content=dark, params={"live": True})
    assert refused.status_code == 422
    assert "looks like a picture of a picture" in refused.text
    assert administrator.get(path).json() == []
    assert administrator.post(path, content=bright, params={"live": True}).status_code == 201
    assert administrator.post(path, content=dark).status_code == 201  # nothing is claimed


def test_each_photograph_of_an_archive_is_checked(
    administrator: httpx.Client, store: Store, face: Path
) -> None:
    store.watchlists.ensure("missing")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("Ann/a.png", photograph(face, 0.4, 10))
        archive.writestr("Bob/b.png", photograph(face, 0.5, 125))
    job = administrator.post(
        "/api/v1/references/import",
        content=packed.getvalue(),
        params={"watchlist": "missing", "live": True},
    ).json()
    until = time.monotonic() + 60
    while job["ended_at"] is None:
        assert time.monotonic() < until
        time.sleep(0.05)
        job = administrator.get(f"/api/v1/jobs/{job['job_id']}").json()
    assert (job["counts"]["added"], job["counts"]["refused"]) == (1, 1), job


@pytest.mark.parametrize("settings", ["no model"], indirect=True)
def test_without_a_model_the_claim_cannot_be_made(
    administrator: httpx.Client, store: Store, face: Path
) -> None:
    path = references_of(administrator, store)
    refused = administrator.post(path, content=face.read_bytes(), params={"live": True})
    assert refused.status_code == 422
    assert "models.presentation_picture" in refused.json()["expected"]
    assert administrator.get(path).json() == []
