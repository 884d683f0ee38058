"""Batches come in order, hold the faces asked for, and leave no thread behind."""

import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch

from drawn_faces import drawn_faces
from facewarden.errors import InputError
from facewarden.train.data.prepared import Prepared
from facewarden.train.loader import AHEAD, batches
from facewarden.train.training_data import TrainingData

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> TrainingData:
    faces = drawn_faces(tmp_path_factory.mktemp("drawn") / "faces", people=6, pictures=5)
    return TrainingData.of(Prepared.open(faces), "images-70-15-15")


def test_every_batch_holds_what_was_asked_for(data: TrainingData) -> None:
    wanted = [[3, 1, 2], [7, 7], [29], [0, 10, 20, 5]] * 4
    found = list(batches(data, wanted, CPU))
    assert len(found) == len(wanted)
    for rows, batch in zip(wanted, found, strict=True):
        pixels = batch.images.permute(0, 2, 3, 1).numpy()
        assert np.array_equal(pixels, data.prepared.images[rows])
        assert np.array_equal(batch.labels.numpy(), data.class_of[rows])
        assert np.array_equal(batch.landmarks.numpy(), data.prepared.landmarks[rows])


def test_it_reads_no_further_ahead_than_said(data: TrainingData) -> None:
    asked = []

    def rows() -> object:
        for row in range(20):
            asked.append(row)
            yield [row]

    with closing(batches(data, rows(), CPU)) as source:  # type: ignore[arg-type]
        next(source)
        assert len(asked) <= AHEAD + 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("loader")]


def test_one_person_is_refused(tmp_path: Path) -> None:
    faces = drawn_faces(tmp_path / "faces", people=1, pictures=4, splits=("images:100/0/0",))
    with pytest.raises(InputError, match="at least two people"):
        TrainingData.of(Prepared.open(faces), "images-100-0-0")
