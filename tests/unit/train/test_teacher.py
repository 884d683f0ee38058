"""A teacher says of each training face what its template is, and nothing else is learnt from."""

from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import torch

from drawn_faces import drawn_faces
from facewarden.errors import ConfigError, ModelMissing
from facewarden.models.add import add
from facewarden.models.registry import Registry
from facewarden.train.data.prepared import Prepared
from facewarden.train.distributed import World
from facewarden.train.learner import Learner
from facewarden.train.loader import read
from facewarden.train.metrics_log import TRAIN, read_metrics
from facewarden.train.starter import begin, go_on
from facewarden.train.teacher import taught
from facewarden.train.training_data import TrainingData
from facewarden.train.validation import Validator
from small_models import SIZE, small_card, small_embedder, write_pair
from training import StopsAt, around, recipe, same

LOSS = {"name": "distillation", "parameters": {"relations": 1.0}}
NETWORK = {"backbone": "mobilenetv3-small", "embedding_size": SIZE}


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn_faces(tmp_path_factory.mktemp("drawn") / "faces", people=6)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a card whose model gives colours of places, projected."""
    folder = tmp_path_factory.mktemp("teacher")
    add(Registry(folder / "cache"), *write_pair(folder, small_embedder(), small_card()))
    return str(folder / "cache" / "small-embedder.json")


def test_targets_are_the_templates_of_those_trained_on(faces: Path, teacher: str) -> None:
    data = TrainingData.of(Prepared.open(faces), "subjects-70-15-15")
    assert data.targets is None
    made = recipe(loss=LOSS, network=NETWORK, teacher={"model": teacher})
    targets = taught(data, made).targets
    assert targets is not None
    # A second time, by hand: mean colours of 7 x 7 tiles of the face at 112 px, projected.
    session = onnxruntime.InferenceSession(small_embedder(), providers=["CPUExecutionProvider"])
    for row in data.train:
        bgr = np.ascontiguousarray(data.prepared.images[row][..., ::-1])
        large = cv2.resize(bgr, (112, 112), interpolation=cv2.INTER_LINEAR).astype(np.float32)
        fed = ((large - 127.5) * 0.0078125).transpose(2, 0, 1)[None]
        (expected,) = session.run(None, {"data": fed})[0]
        np.testing.assert_allclose(
            targets[row],
            expected / np.linalg.norm(expected),
            atol=0.02,  # bfloat16 may have run
        )
    untaught = np.setdiff1d(np.arange(len(data.class_of)), data.train)
    assert len(untaught)
    assert not targets[untaught].any()


def test_a_batch_brings_the_targets_of_its_rows(faces: Path, teacher: str) -> None:
    made = recipe(loss=LOSS, network=NETWORK, teacher={"model": teacher})
    alone = TrainingData.of(Prepared.open(faces), made.split)
    assert read(alone, [0, 1]).targets.shape == (2, 0)
    data = taught(alone, made)
    assert data.targets is not None
    rows = [int(data.train[4]), int(data.train[0])]
    np.testing.assert_array_equal(read(data, rows).targets.numpy(), data.targets[rows])


def test_the_network_becomes_like_its_teacher_and_goes_on_to_the_bit(
    faces: Path, teacher: str, tmp_path: Path
) -> None:
    made = recipe(
        loss=LOSS, network=NETWORK, teacher={"model": teacher}, epochs=3, log_steps=1,
        optimiser={"name": "adamw", "rate": 3e-3}, validation={"changed": True},
    )  # fmt: skip
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    begin(made, faces, whole, around())
    losses = [e.figures["loss"] for e in read_metrics(whole / "metrics.csv") if e.part == TRAIN]
    assert np.mean(losses[-3:]) < 0.7 * losses[0]
    stopper = StopsAt(4)
    begin(made, faces, parted, around(watcher=stopper, asked=stopper.asked))
    go_on(parted, around())
    assert same(whole / "last.pt", parted / "last.pt")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"loss": LOSS}, "found the loss distillation and no teacher"),
        ({"teacher": {"model": "sface-2021dec-centred"}}, "found the loss arcface and sface"),
    ],
    ids=["a pupil without a teacher", "a teacher without a pupil"],
)
def test_one_without_the_other_is_refused(
    faces: Path, tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        begin(recipe(**changes), faces, tmp_path / "run", around())
    assert not (tmp_path / "run").exists()


def test_templates_of_another_length_are_refused(faces: Path, teacher: str, tmp_path: Path) -> None:
    made = recipe(loss=LOSS, teacher={"model": teacher})
    with pytest.raises(ConfigError, match=f"expected {SIZE}, as .* gives, found 32"):
        begin(made, faces, tmp_path / "run", around())


def test_a_teacher_that_there_is_not(faces: Path, tmp_path: Path) -> None:
    made = recipe(loss=LOSS, teacher={"model": "nobody"})
    with pytest.raises(ModelMissing, match="nobody"):
        begin(made, faces, tmp_path / "run", around())


def test_a_settled_network_keeps_its_statistics(faces: Path, tmp_path: Path) -> None:
    learner = Learner(
        recipe(network={**NETWORK, "settled": True}),
        classes=6, input_size=32, world=World(torch.device("cpu")),
    )  # fmt: skip
    before = {n: b.clone() for n, b in learner.backbone.named_buffers()}
    weights = [p.clone() for p in learner.backbone.parameters()]
    data = TrainingData.of(Prepared.open(faces), "images-70-15-15")
    learner.begin_epoch(0)
    learner.step([read(data, data.train[:8].tolist())], 0.1, 0)
    assert before
    assert all(torch.equal(b, before[n]) for n, b in learner.backbone.named_buffers())
    moved = [
        not torch.equal(p, w) for p, w in zip(learner.backbone.parameters(), weights, strict=True)
    ]
    assert any(moved)


def test_changed_probes_are_judged_and_others_are_not(faces: Path) -> None:
    data = TrainingData.of(Prepared.open(faces), "images-70-15-15")
    noise = recipe(augment=[{"name": "gaussian_noise", "probability": 1,
                             "parameters": {"low": 63, "high": 64}}])  # fmt: skip
    learner = Learner(noise, classes=6, input_size=32, world=World(torch.device("cpu")))
    plain = Validator(data, noise.validation, 1, torch.device("cpu"))
    changed = Validator(data, noise.validation, 1, torch.device("cpu"), learner.augment)
    assert plain.judge(learner.backbone) == plain.judge(learner.backbone)
    assert changed.judge(learner.backbone) == changed.judge(learner.backbone)
    assert changed.judge(learner.backbone) != plain.judge(learner.backbone)
