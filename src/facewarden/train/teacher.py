"""What a teacher says of the faces that are trained on."""

from dataclasses import replace

import numpy as np
import torch

from facewarden.config.models import ModelsSettings
from facewarden.errors import ConfigError
from facewarden.models.card import ModelCard
from facewarden.models.registry import models_dir
from facewarden.train.classify.embedding import card_of, open_embedding
from facewarden.train.losses.catalogue import OF_TEACHERS
from facewarden.train.losses.distillation import Distillation
from facewarden.train.losses.loss import Loss
from facewarden.train.recipe import Recipe
from facewarden.train.training_data import TrainingData


def taught(data: TrainingData, recipe: Recipe) -> TrainingData:
    """Return the data with the templates that the recipe's teacher makes of the training faces.

    They are those of production: with the mirrored face and the centre of the teacher's card. They
    stay in memory and are made again when a run is resumed, so that no template lies in its folder.

    Raises:
        ConfigError: a teacher without a loss that asks for one, or the other way round, or one
            whose templates have another length than the network's embeddings.
        InputError, ModelMissing, ModelRefused: as `open_embedding`.
    """
    asks, named = recipe.loss.name in OF_TEACHERS, recipe.teacher.model
    if asks != bool(named):
        raise ConfigError(
            "a teacher and a loss that asks for one belong together",
            expected=f"teacher.model with the loss {' or '.join(OF_TEACHERS)}, and only with it",
            found=f"the loss {recipe.loss.name} and {named or 'no teacher'}",
        )
    if not asks:
        return data
    settings = ModelsSettings(cache_dir=models_dir())
    templates = open_embedding(named, settings).embed(data.prepared, data.photographs)
    if templates.shape[1] != recipe.network.embedding_size:
        raise ConfigError(
            "network.embedding_size does not fit the teacher",
            expected=f"{templates.shape[1]}, as {named} gives",
            found=str(recipe.network.embedding_size),
        )
    targets = np.zeros((len(data.class_of), templates.shape[1]), np.float32)
    targets[data.photographs] = templates
    if data.looks is not None:
        targets[len(data.prepared) :] = targets[data.looks.row_of]
    return replace(data, targets=targets)


def applied_card(recipe: Recipe) -> ModelCard | None:
    """Return the teacher's card, if embeddings become templates as it says; None if they do not.

    Raises:
        ConfigError: the teacher's card says nothing of it.
        InputError, ModelMissing, ModelRefused: as `open_embedding`.
    """
    if not recipe.teacher.applied:
        return None
    card = card_of(recipe.teacher.model, ModelsSettings(cache_dir=models_dir()))
    if card.template is None:
        raise ConfigError(
            "teacher.applied asks for the teacher's template recipe",
            expected="a card with a template",
            found=card.model_id,
        )
    return card


def teach(loss: Loss, data: TrainingData, recipe: Recipe, device: torch.device) -> None:
    """Give a loss that asks for a teacher what it says of everybody."""
    if data.targets is None or not isinstance(loss, Distillation):
        return
    card = applied_card(recipe)
    template = card.template if card else None
    centre, nuisance = (template.centre, template.nuisance) if template else ((), ())
    loss.learn_from(
        torch.from_numpy(data.targets[data.photographs]).to(device),
        torch.tensor(centre, dtype=torch.float32, device=device),
        torch.tensor(nuisance, dtype=torch.float32, device=device),
    )
