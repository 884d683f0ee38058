"""A recipe says everything, and nothing that nobody reads."""

from pathlib import Path

import pytest
import torch
from pydantic import BaseModel

from drawn_faces import drawn_faces
from facewarden.errors import ConfigError
from facewarden.train.augment.catalogue import build as build_steps
from facewarden.train.backbones.catalogue import BACKBONES
from facewarden.train.data.prepared import Prepared
from facewarden.train.distributed import World
from facewarden.train.learner import Learner
from facewarden.train.losses.catalogue import LOSSES
from facewarden.train.losses.catalogue import build as build_loss
from facewarden.train.plan import Plan
from facewarden.train.presentation.recipe import load_clip_recipe
from facewarden.train.recipe import Recipe
from facewarden.train.recipe_file import load_recipe, shipped, to_text
from facewarden.train.training_data import TrainingData
from training import recipe

GOOD = to_text(recipe())


def test_the_recipes_of_the_seeds_are_shipped() -> None:
    assert shipped() == (
        "distil_default", "distil_footage", "finetune_default", "inception_triplet",
        "mobilefacenet_arcface", "mobilenetv3_arcface", "resnet18_arcface", "vgg16_arcface",
        "vgg16_online_triplet",
    )  # fmt: skip


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_recipe_is_whole(name: str, tmp_path: Path) -> None:
    made = load_recipe(name)
    assert made.description
    assert made.network.backbone in BACKBONES
    assert made.loss.name in LOSSES
    build_steps([entry.entry() for entry in made.augment])
    faces = drawn_faces(tmp_path / "faces", people=30, pictures=5, size_px=64)
    data = TrainingData.of(Prepared.open(faces), made.split)
    world = World(torch.device("cpu"))
    assert Plan(made, data, world).steps >= 1
    # The weights of the default embedder are for faces of 112 px.
    quick = made.network.model_copy(update={"warm_start": ""})
    learner = Learner(
        made.model_copy(update={"network": quick}), classes=data.classes, input_size=64, world=world
    )
    needs_pairs = made.sampler.name == "p-k"
    assert learner.loss.needs_pairs == needs_pairs


def test_a_recipe_comes_back_from_its_file(tmp_path: Path) -> None:
    made = recipe(averaging={"decay": 0.9}, schedule={"name": "step", "milestones": [1, 2]})
    (tmp_path / "recipe.yaml").write_text(to_text(made))
    assert load_recipe(str(tmp_path / "recipe.yaml")) == made


def test_changes_are_read_as_yaml() -> None:
    made = load_recipe(
        "mobilefacenet_arcface",
        ["epochs=2", "sampler.parameters.batch_size=8", "averaging.decay=0.5", "augment=[]"],
    )
    assert (made.epochs, made.averaging.decay, made.augment) == (2, 0.5, ())
    assert made.sampler.parameters["batch_size"] == 8


@pytest.mark.parametrize("loss", LOSSES)
def test_another_loss_knows_nothing_of_the_recipes_parameters(loss: str) -> None:
    made = load_recipe("mobilefacenet_arcface", [f"loss.name={loss}"])
    build_loss(loss, made.loss.parameters, classes=3, embedding_size=8)
    assert made.loss.parameters == ({"scale": 64, "margin": 0.5} if loss == "arcface" else {})


def test_what_belongs_to_another_name_is_forgotten_unless_it_is_told() -> None:
    made = load_recipe(
        "mobilefacenet_arcface",
        ["loss.parameters.scale=16", "loss.name=cosface", "sampler.name=p-k",
         "sampler.parameters={people: 4, pictures: 2}", "schedule.name=constant",
         "optimiser.name=adamw", "optimiser.eps=1.0e-6"],
    )  # fmt: skip
    assert made.loss.parameters == {"scale": 16}
    assert made.sampler.parameters == {"people": 4, "pictures": 2}
    assert (made.optimiser.nesterov, made.optimiser.eps) == (False, 1e-6)
    frozen = load_recipe("finetune_default", ["network.backbone=vgg16"]).network
    assert (frozen.frozen, frozen.frozen_epochs) == ((), 0)
    clip = load_clip_recipe("presentation_measured", ["network.name=mobile", "loss.name=softmax"])
    assert (clip.network.parameters, clip.loss.parameters) == ({}, {})


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("epochs: 2", "epochs: 0", "greater than or equal to 1, found 0"),
        ("seed: 7", "sed: 7", "sed: expected seed, perhaps, found an unknown key"),
        ("  rate: 0.05", "  rat: 0.05", "optimiser.rat: expected rate, perhaps"),
        ("  rate: 0.05", "  rate: fast", "a valid number"),
        ("  rate: 0.05", "  rate: .nan", "a finite number"),
        ("  name: cosine", "  name: cosin", "'constant', 'step', 'exponential' or 'cosine'"),
        ("  name: cosine", "  name: step", "milestones with the schedule step"),
        (
            "momentum: 0.9\n  nesterov: false",
            "momentum: 0\n  nesterov: true",
            "nesterov with sgd and a momentum",
        ),
        ("  frozen_epochs: 0", "  frozen_epochs: 3", "frozen and frozen_epochs together"),
        ("  precision: float32", "  precision: int8", "'float32', 'bfloat16' or 'float16'"),
        (GOOD, "", "a recipe, found an empty file"),
        (GOOD, "[1, 2]", "a group of keys"),
        ("epochs: 2", "epochs: *two", "an alias"),
    ],
)
def test_a_wrong_recipe_is_refused_in_a_line(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in GOOD
    path = tmp_path / "wrong.yaml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ConfigError) as refused:
        load_recipe(str(path))
    assert len(refused.value.problems) == 1
    assert words in refused.value.problems[0]
    assert refused.value.problems[0].startswith(f"{path}:")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["epochs"], "such as optimiser.rate=0.01"),
        (["epochs.deep=1"], "a group of keys"),
        (["loss.parameters.scale"], "such as"),
        (["epoch=1"], "epochs, perhaps"),
        (["threads=2"], "arithmetic.threads, perhaps"),
        (["optimiser.patience=2"], "validation.patience, perhaps"),
        (["thread=2"], "arithmetic.threads, perhaps"),
        (["name=softmax"], "one of description, network"),
        (["epochs=[1"], "--set epochs=[1"),
    ],
)
def test_a_wrong_change_is_refused(changes: list[str], words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_recipe("mobilefacenet_arcface", changes)
    assert words in str(refused.value)


def test_an_unknown_recipe_tells_which_there_are() -> None:
    with pytest.raises(ConfigError, match="mobilefacenet_arcface"):
        load_recipe("mobilefacenet-arcface")


def test_every_field_says_what_it_is() -> None:
    seen: list[type[BaseModel]] = []

    def walk(model: type[BaseModel]) -> None:
        seen.append(model)
        for name, field in model.model_fields.items():
            if name not in {"network"}:
                inner = isinstance(field.annotation, type) and issubclass(
                    field.annotation, BaseModel
                )
                assert field.description or inner, f"{model.__name__}.{name}"
            if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                walk(field.annotation)

    walk(Recipe)
    assert len(seen) >= 9


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"network": {"backbone": "mobilfacenet"}}, "no such backbone"),
        ({"loss": {"name": "arcfase"}}, "no such loss"),
        ({"loss": {"name": "arcface", "parameters": {"scal": 3.0}}}, "did you mean scale?"),
        ({"augment": [{"name": "flip", "probability": 1}]}, "no such augmentation"),
        ({"network": {"backbone": "sface", "frozen": ["layer"], "frozen_epochs": 1}},
         "a layer that there is not"),
        ({"arithmetic": {"precision": "float16"}}, "float32 or bfloat16 on a CPU"),
    ],
)  # fmt: skip
def test_names_that_there_are_not(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words.replace("?", r"\?")):
        Learner(recipe(**changes), classes=3, input_size=32, world=World(torch.device("cpu")))
