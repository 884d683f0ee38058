"""Whether the classes of a loss fit into memory, before it is tried."""

import psutil
import torch

from facewarden.errors import ConfigError
from facewarden.train.losses.catalogue import OF_PAIRS, OF_TEACHERS
from facewarden.train.recipe import Recipe

BYTES = 4
"""Of a float32."""

MOMENTS = {"sgd": 1, "adam": 2, "adamw": 2}
"""What an optimiser remembers of each weight, in weights."""

COPIES = 4
"""Of the logits: cosines, with margin, scaled, and their gradient."""


def bytes_needed(recipe: Recipe, classes: int, batch_size: int) -> int:
    """Return what the centres of the classes and the logits of a batch take, in bytes.

    Losses of pairs and of teachers have no classes.
    """
    if recipe.loss.name in {*OF_PAIRS, *OF_TEACHERS}:
        return 0
    share = recipe.loss.parameters.get("share", 1.0)
    drawn = classes * (share if isinstance(share, float) else 1.0)
    # Weights, their gradients, moments, and what is normalised of those drawn.
    whole = classes * recipe.network.embedding_size * (2 + MOMENTS[recipe.optimiser.name])
    of_batch = drawn * (recipe.network.embedding_size + COPIES * batch_size)
    return round(BYTES * (whole + of_batch))


def require_room(recipe: Recipe, classes: int, batch_size: int, device: torch.device) -> None:
    """Check that the classes fit.

    Raises:
        ConfigError: they do not.
    """
    needed, found = bytes_needed(recipe, classes, batch_size), _available(device)
    if needed > found:
        raise ConfigError(
            f"the loss {recipe.loss.name} does not fit into memory with {classes:,} people",
            expected=f"{needed / 1e9:.1f} GB for them",
            found=f"{found / 1e9:.1f} GB",
            remedy="lower the size of a batch, network.embedding_size or loss.parameters.share, or "
            "take a loss of pairs",
        )


def _available(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)
