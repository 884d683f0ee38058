"""A teacher says of each training face what its template is, and nothing else is learnt from."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import torch
from typer.testing import CliRunner

from drawn_faces import drawn_faces, drawn_looks
from facewarden.cli.main import app
from facewarden.errors import ConfigError, InputError, ModelMissing
from facewarden.models.add import add
from facewarden.models.card import read_card
from facewarden.models.registry import Registry
from facewarden.models.training_record import TrainingRecord
from facewarden.train.checkpoint import load
from facewarden.train.data.prepared import Prepared
from facewarden.train.distributed import World
from facewarden.train.learner import Learner
from facewarden.train.loader import read
from facewarden.train.metrics_log import TRAIN, read_metrics
from facewarden.train.recipe import Recipe
from facewarden.train.run_folder import RunFolder
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


@pytest.fixture(scope="module")
def applied(teacher: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same teacher, whose card says how templates are made."""
    folder = tmp_path_factory.mktemp("applied")
    card = Path(teacher)
    shutil.copy(card.with_suffix(".onnx"), folder)
    about = json.loads(card.read_text())
    about["template"] = {
        "flip": True, "centre": [0.1] * SIZE, "nuisance": [1.0] + [0.0] * (SIZE - 1),
        "data": "none", "people": 2, "date": "2026-11-23", "command": "none",
    }  # fmt: skip
    (folder / card.name).write_text(json.dumps(about))
    return str(folder / card.name)


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn_looks(drawn_faces(tmp_path_factory.mktemp("footage") / "faces", people=8))


def pupil(teacher: str, first: Path) -> Recipe:
    return recipe(
        loss={"name": "distillation", "parameters": {"relations": 1.0, "nearest": 1.0}},
        network={**NETWORK, "warm_start": str(first)}, footage=True, epochs=1, log_steps=1,
        teacher={"model": teacher, "applied": True}, optimiser={"name": "adamw", "rate": 3e-3},
    )  # fmt: skip


def test_a_pupil_of_footage_goes_on_to_the_bit_and_back_towards_its_start(
    footage: Path, applied: str, tmp_path: Path
) -> None:
    data = taught(
        TrainingData.of(Prepared.open(footage), "images-70-15-15", footage=True),
        pupil(applied, tmp_path),
    )
    assert data.looks is not None
    assert data.targets is not None
    n = len(data.prepared)
    np.testing.assert_array_equal(data.targets[n:], data.targets[data.looks.row_of])

    begin(recipe(network=NETWORK, epochs=1), footage, tmp_path / "before", around())
    made = pupil(applied, tmp_path / "before" / "last.pt")
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    begin(made, footage, whole, around())
    losses = [e.figures["loss"] for e in read_metrics(whole / "metrics.csv") if e.part == TRAIN]
    assert np.mean(losses[-3:]) < np.mean(losses[:3])
    stopper = StopsAt(4)
    begin(made, footage, parted, around(watcher=stopper, asked=stopper.asked))
    go_on(parted, around())
    assert same(whole / "last.pt", parted / "last.pt")
    assert same(whole / "first.pt", parted / "first.pt")

    run = RunFolder.open(whole)
    first, last = load(run.first)["backbone"], run.backbone("last").state_dict()
    for kept in (0.0, 0.25, 1.0):
        found = run.towards_first(run.backbone("last"), kept).state_dict()
        for name, value in found.items():
            if value.is_floating_point():
                torch.testing.assert_close(value, kept * first[name] + (1 - kept) * last[name])
    # The exported card makes templates as the teacher's does.
    out = tmp_path / "out"
    words = ["train", "export", str(whole), str(out), "--id", "pupil", "--licence", "MIT",
             "--data-licence", "ours", "--kept", "0.5", "--part", "validation"]  # fmt: skip
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.exception
    card = read_card((out / "pupil.json").read_bytes(), out / "pupil.json")
    assert card.template is not None
    assert (card.template.flip, card.template.centre) == (True, (0.1,) * SIZE)
    assert card.compares_with == "small-embedder"
    assert isinstance(card.training, TrainingRecord)
    assert card.training.kept == 0.5


def test_no_start_to_go_back_towards(faces: Path, tmp_path: Path) -> None:
    begin(recipe(epochs=1), faces, tmp_path / "run", around())
    run = RunFolder.open(tmp_path / "run")
    with pytest.raises(InputError, match=r"no first\.pt to go back towards"):
        run.towards_first(run.backbone("last"), 0.5)


def test_a_teacher_without_a_template_recipe_is_not_applied(
    footage: Path, teacher: str, tmp_path: Path
) -> None:
    made = recipe(loss=LOSS, network=NETWORK, teacher={"model": teacher, "applied": True})
    with pytest.raises(ConfigError, match="a card with a template, found small-embedder"):
        begin(made, footage, tmp_path / "run", around())


def test_a_run_of_other_footage_is_refused(tmp_path: Path, teacher: str) -> None:
    faces = drawn_looks(drawn_faces(tmp_path / "faces", people=6))
    made = recipe(
        loss=LOSS, network=NETWORK, teacher={"model": teacher}, footage=True, epochs=1
    )  # fmt: skip
    begin(made, faces, tmp_path / "run", around())
    shutil.rmtree(faces / "footage")
    drawn_looks(faces, seed=1)
    with pytest.raises(InputError, match="are not those that the run began with"):
        go_on(tmp_path / "run", around())
