"""Validation draws the same pairs each time, and its figures are those of an obvious twin."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from drawn_faces import drawn_faces
from facewarden.errors import DataError
from facewarden.train.backbones.preprocessing import Preprocessing
from facewarden.train.data.prepared import Prepared
from facewarden.train.recipe import ValidationRecipe
from facewarden.train.training_data import TrainingData
from facewarden.train.validation import Validator
from facewarden.train.validation_pairs import draw_pairs

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("people", "pictures", "most"), [(30, 4, 1000), (30, 4, 50), (2, 2, 10), (5, 9, 37)]
)
def test_pairs(people: int, pictures: int, most: int) -> None:
    who = np.random.default_rng(3).permutation(np.repeat(np.arange(people) * 7, pictures))
    pairs = draw_pairs(who, most=most, seed=5)
    again = draw_pairs(who, most=most, seed=5)
    assert np.array_equal(pairs.left, again.left)
    assert np.array_equal(pairs.right, again.right)
    genuine = int(pairs.same.sum())
    assert genuine == min(most, people * pictures * (pictures - 1) // 2)
    assert np.array_equal(who[pairs.left] == who[pairs.right], pairs.same)
    pairs_seen = {frozenset(pair) for pair in zip(pairs.left, pairs.right, strict=True)}
    assert len(pairs_seen) == len(pairs.left)
    assert all(len(pair) == 2 for pair in pairs_seen)
    assert genuine * 0.9 <= len(pairs.same) - genuine <= genuine
    # Nobody is in two folds.
    fold_of = dict(zip(who[pairs.left].tolist(), pairs.fold.tolist(), strict=True))
    assert all(
        fold_of.get(int(who[right]), fold) == fold
        for right, fold in zip(pairs.right, pairs.fold, strict=True)
    )
    assert len(set(pairs.fold.tolist())) == max(1, min(10, people // 2))


@pytest.mark.parametrize("who", [[], [1], [1, 2, 3], [4, 4, 4]])
def test_too_few_for_pairs(who: list[int]) -> None:
    pairs = draw_pairs(np.array(who, np.int64), most=100, seed=1)
    same = int(pairs.same.sum())
    assert same == (3 if who == [4, 4, 4] else 0)
    assert len(pairs.same) == same


class Colours(nn.Module):
    """Knows a face by the mean colours of its quarters."""

    preprocessing = Preprocessing(127.5, 1 / 128)

    def forward(self, faces: Tensor) -> Tensor:
        return nn.functional.adaptive_avg_pool2d(faces, 2).flatten(1)


def test_the_figures_are_those_of_a_twin(tmp_path: Path) -> None:
    faces = drawn_faces(tmp_path / "faces", people=20, pictures=8)
    data = TrainingData.of(Prepared.open(faces), "images-70-15-15")
    validator = Validator(data, ValidationRecipe(references=3), 1, CPU)
    net = Colours().train()
    found = validator.judge(net)
    assert net.training
    assert validator.best_by == "rank1"

    def vectors(rows: np.ndarray) -> np.ndarray:
        pixels = data.prepared.images[rows].astype(np.float64)
        quarters = pixels.reshape(len(rows), 2, 16, 2, 16, 3).mean((2, 4)) - 127.5
        flat = quarters.transpose(0, 3, 1, 2).reshape(len(rows), -1)
        return np.asarray(flat / np.linalg.norm(flat, axis=1, keepdims=True))

    probes = vectors(data.validation)
    ours = validator.embed(net, data.validation)
    np.testing.assert_allclose(ours, probes, atol=1e-5)
    # Area under the ROC: how often a pair of one person is more alike than one of two.
    pairs = draw_pairs(data.prepared.labels[data.validation], most=3000, seed=1)
    similarity = (probes[pairs.left] * probes[pairs.right]).sum(1)
    genuine, impostor = similarity[pairs.same], similarity[~pairs.same]
    area = float((genuine[:, None] > impostor[None, :]).mean())
    assert found.auc == pytest.approx(area, abs=1e-3)
    # Rank 1, with all references instead of three: at least as many are right.
    references = vectors(data.train)
    prototypes = np.stack(
        [references[data.class_of[data.train] == one].mean(0) for one in range(data.classes)]
    )
    prototypes /= np.linalg.norm(prototypes, axis=1, keepdims=True)
    rank1 = float(((probes @ prototypes.T).argmax(1) == data.class_of[data.validation]).mean())
    everything = Validator(data, ValidationRecipe(references=100), 1, CPU).judge(net)
    assert everything.rank1 == pytest.approx(rank1)
    assert 0 < found.rank1 <= 1


def test_a_figure_that_the_data_cannot_give_is_refused(tmp_path: Path) -> None:
    faces = drawn_faces(tmp_path / "faces", people=14, pictures=4)
    data = TrainingData.of(Prepared.open(faces), "subjects-70-15-15")
    validator = Validator(data, ValidationRecipe(best_by="rank1"), 1, CPU)
    with pytest.raises(DataError, match="gives no rank1"):
        _ = validator.best_by


def test_a_rate_that_the_pairs_cannot_show_is_refused(tmp_path: Path) -> None:
    faces = drawn_faces(tmp_path / "faces", people=14, pictures=4)
    data = TrainingData.of(Prepared.open(faces), "subjects-70-15-15")
    validator = Validator(data, ValidationRecipe(best_by="tmr"), 1, CPU)
    with pytest.raises(DataError, match=r"gives no tmr.*tmr needs 100"):
        _ = validator.best_by


def test_without_validation_faces_nothing_is_judged(tmp_path: Path) -> None:
    faces = drawn_faces(tmp_path / "faces", splits=("images:100/0/0",))
    data = TrainingData.of(Prepared.open(faces), "images-100-0-0")
    validator = Validator(data, ValidationRecipe(), 1, CPU)
    assert not validator.judges
