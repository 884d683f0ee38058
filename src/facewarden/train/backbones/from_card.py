"""Warm start from a model of the cache, checked by running both."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from facewarden.data import Float32
from facewarden.errors import ModelRefused
from facewarden.models.card import ModelCard
from facewarden.models.engines import REFERENCE, start
from facewarden.models.feeding import feed
from facewarden.models.phantom import draw_phantom
from facewarden.models.registry import Registry
from facewarden.train.backbones.backbone import Backbone
from facewarden.train.backbones.stored_weights import stored_in_onnx
from facewarden.train.backbones.warm_start import LEAST, Fitting, warm_start

LEAST_AGREEMENT = 0.9999
"""Cosine between the file's embeddings and the network's. Rounding alone leaves 0.999999; weights
in wrong places, another order of colours or another scale leave less than 0.99."""


@dataclass(frozen=True, slots=True)
class FromCard:
    """What came of a warm start.

    Attributes:
        agreement: the least cosine between the embeddings of both; None where the network has
            parts that the file has not, so that they are not to be compared.
    """

    model_id: str
    fitting: Fitting
    agreement: float | None

    def __str__(self) -> str:
        """Say it in a few lines."""
        compared = (
            "not compared, the network has new parts"
            if self.agreement is None
            else f"embeddings agree to cosine {self.agreement:.6f}"
        )
        return f"{self.model_id}: {self.fitting}\n{compared}"


def warm_start_from_card(
    net: Backbone, registry: Registry, model_id: str, *, least: float = LEAST
) -> FromCard:
    """Give a network the weights of a model, and check that it does the same where they fill it.

    Args:
        net: a network, in place; unchanged when refused.
        model_id: of an embedder in the cache.
        least: see warm_start.

    Raises:
        ModelMissing: no such model.
        ModelRefused: a wrong hash, not an embedder, too little fits, or the network then gives
            other embeddings than the file.
    """
    card, model = registry.load(model_id)
    if card.kind != "embedder":
        raise ModelRefused(
            f"{model_id} has no weights for a backbone", expected="an embedder", found=card.kind
        )
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    fitting = warm_start(net, stored_in_onnx(model), least=least)
    side = (net.input_size, net.input_size)
    if not fitting.complete or side != (card.input.height_px, card.input.width_px):
        return FromCard(model_id, fitting, None)
    agreement = _agreement(net, card, model)
    if agreement < LEAST_AGREEMENT:
        net.load_state_dict(before)
        raise ModelRefused(
            f"the weights of {model_id} fit {type(net).__name__} in shape, but not in effect",
            expected=f"embeddings that agree to cosine {LEAST_AGREEMENT}",
            found=f"{agreement:.4f}",
            remedy="the file is of another architecture, or feeds its network otherwise",
        )
    return FromCard(model_id, fitting, agreement)


def _agreement(net: Backbone, card: ModelCard, model: bytes) -> float:
    pictures = _pictures(net.input_size)
    theirs = start(model, card, REFERENCE, threads=1).run(feed(pictures, card.input))[0]
    ours = embed(net, pictures)
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    return float(((ours * theirs).sum(axis=1) / np.maximum(lengths, 1e-12)).min())


def embed(net: Backbone, pictures: NDArray[np.uint8]) -> Float32:
    """Return (n, d) embeddings, not normalised, of (n, S, S, 3) uint8 BGR, in evaluation mode."""
    training, device = net.training, next(net.parameters()).device
    rgb = np.ascontiguousarray(pictures[..., ::-1].transpose(0, 3, 1, 2))
    pixels = torch.from_numpy(rgb).to(device).float()
    try:
        with torch.no_grad():
            found = net.eval()((pixels - net.preprocessing.mean) * net.preprocessing.scale)
    finally:
        net.train(training)
    return np.asarray(found.float().cpu().numpy())


def _pictures(side: int) -> NDArray[np.uint8]:
    """Return two drawn faces and two of coloured noise, which tell colours apart."""
    half = side / 2
    drawn = [draw_phantom(side, side, ((half + i, half, half - 8 * i),)) for i in (0, 1)]
    noise = np.random.default_rng(1).integers(0, 256, (2, side // 8, side // 8, 3), np.uint8)
    coarse = noise.repeat(8, axis=1).repeat(8, axis=2)
    padded = np.pad(coarse, ((0, 0), (0, side % 8), (0, side % 8), (0, 0)), mode="edge")
    return np.concatenate([np.stack(drawn), padded])
