"""What a teacher says of the faces that are trained on."""

from dataclasses import replace

import numpy as np

from facewarden.config.models import ModelsSettings
from facewarden.errors import ConfigError
from facewarden.models.registry import models_dir
from facewarden.train.classify.embedding import open_embedding
from facewarden.train.losses.catalogue import OF_TEACHERS
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
    templates = open_embedding(named, settings).embed(data.prepared, data.train)
    if templates.shape[1] != recipe.network.embedding_size:
        raise ConfigError(
            "network.embedding_size does not fit the teacher",
            expected=f"{templates.shape[1]}, as {named} gives",
            found=str(recipe.network.embedding_size),
        )
    targets = np.zeros((len(data.class_of), templates.shape[1]), np.float32)
    targets[data.train] = templates
    return replace(data, targets=targets)
