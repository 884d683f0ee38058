"""Real models, a real store, and pictures of real people."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from facewarden.assess.quality import Quality
from facewarden.data import Image
from facewarden.detect.yunet import YuNet
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.pipeline.examine import EnrolmentLimits, Examiner
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url


@pytest.fixture
def store_file(tmp_path: Path) -> Path:
    return tmp_path / "store" / "facewarden.sqlite"


@pytest.fixture
def store(store_file: Path) -> Iterator[Store]:
    with open_store(sqlite_url(store_file), TemplateKey(bytes(range(32)))) as opened:
        opened.watchlists.ensure("missing")
        yield opened


@pytest.fixture(scope="session")
def examiner(detector: YuNet, embedder: OnnxEmbedder) -> Examiner:
    return Examiner(detector, Quality(), embedder, EnrolmentLimits())


class People:
    """The photographs of Labeled Faces in the Wild, by the person's name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def file(self, name: str, number: int = 1) -> Path:
        """Return one photograph, 250x250 px."""
        underlined = name.replace(" ", "_")
        return self._folder / underlined / f"{underlined}_{number:04d}.jpg"

    def image(self, name: str, number: int = 1) -> Image:
        """Return one photograph as (250, 250, 3) BGR."""
        decoded = cv2.imdecode(np.fromfile(self.file(name, number), np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None
        return np.asarray(decoded, np.uint8)


@pytest.fixture(scope="session")
def people(shared: Path) -> People:
    return People(shared / "data" / "lfw-dev" / "images")
