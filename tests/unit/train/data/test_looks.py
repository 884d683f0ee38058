"""Poor looks beside prepared faces: written, read, and refused where they do not fit."""

import errno
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from drawn_faces import drawn_faces, drawn_looks
from facewarden.errors import InputError, StoreFull
from facewarden.train.data.looks import Look, Looks, store
from facewarden.train.data.prepared import Prepared
from facewarden.train.loader import read
from facewarden.train.training_data import TrainingData


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    return drawn_looks(drawn_faces(tmp_path / "faces", people=6), each=3)


def test_they_are_further_rows_of_those_trained_on(faces: Path) -> None:
    prepared = Prepared.open(faces)
    looks = Looks.open(prepared)
    assert len(looks) == 3 * len(prepared)
    alone = TrainingData.of(prepared, "subjects-70-15-15")
    data = TrainingData.of(prepared, "subjects-70-15-15", footage=True)
    np.testing.assert_array_equal(data.photographs, alone.train)
    np.testing.assert_array_equal(data.validation, alone.validation)
    beyond = data.train[len(alone.train) :]
    assert len(beyond) == 3 * len(alone.train)
    of = looks.row_of[beyond - len(prepared)]
    np.testing.assert_array_equal(np.unique(of), alone.train)
    np.testing.assert_array_equal(data.class_of[beyond], data.class_of[of])
    # A batch of both, in the order asked for.
    wanted = [int(beyond[4]), int(alone.train[0])]
    batch = read(data, wanted)
    images = batch.images.permute(0, 2, 3, 1).numpy()
    np.testing.assert_array_equal(images[0], looks.images[beyond[4] - len(prepared)])
    np.testing.assert_array_equal(images[1], prepared.images[alone.train[0]])
    points = prepared.landmarks[[of[4], alone.train[0]]] + [[[1.0]], [[0.0]]]
    np.testing.assert_allclose(batch.landmarks.numpy(), points, atol=1e-3)
    assert (batch.labels.numpy() == data.class_of[wanted]).all()


def test_without_footage_it_is_said_how_to_compose_it(tmp_path: Path) -> None:
    faces = drawn_faces(tmp_path / "faces", people=6)
    with pytest.raises(InputError, match=r"holds no prepared footage.*facewarden train footage"):
        TrainingData.of(Prepared.open(faces), "subjects-70-15-15", footage=True)


def test_footage_of_nobody_who_is_trained_on(tmp_path: Path) -> None:
    prepared = Prepared.open(drawn_faces(tmp_path / "faces", people=6))
    (row, *_) = prepared.split("subjects-70-15-15")["test"].tolist()
    look = Look(row, 0, 0, prepared.images[row], prepared.landmarks[row])
    store(prepared, [look], {})
    with pytest.raises(InputError, match="no footage of those whom the split subjects"):
        TrainingData.of(prepared, "subjects-70-15-15", footage=True)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ("cut", "do not fit together"),
        ("torn", "cannot be read"),
        ("other faces", "holds footage of other faces"),
    ],
)
def test_what_does_not_fit_is_refused(faces: Path, spoil: str, words: str) -> None:
    folder = faces / "footage"
    images = folder / "looks.u8"
    if spoil == "cut":
        images.write_bytes(images.read_bytes()[: -32 * 32 * 3])
    elif spoil == "torn":
        images.write_bytes(images.read_bytes()[:-1])
    else:
        about = folder / "data.json"
        about.write_text(about.read_text().replace(Prepared.open(faces).fingerprint, "0" * 64))
    with pytest.raises(InputError, match=words):
        Looks.open(Prepared.open(faces))


def test_what_is_there_stays_and_what_was_stopped_does_not(faces: Path) -> None:
    prepared = Prepared.open(faces)
    with pytest.raises(InputError, match="is there already"):
        store(prepared, [], {})
    (faces / "footage" / "data.json").unlink()  # as if stopped before its end
    with pytest.raises(InputError, match="no face was found in the footage"):
        store(prepared, [], {})
    drawn_looks(faces, each=1)
    assert len(Looks.open(prepared)) == len(prepared)


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    prepared = Prepared.open(drawn_faces(tmp_path / "faces", people=6))

    def looks() -> Iterator[Look]:
        yield Look(0, 0, 0, prepared.images[0], prepared.landmarks[0])
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StoreFull, match=r"the disk is full: .*footage was not written"):
        store(prepared, looks(), {})
    assert not (prepared.folder / "footage").exists()
