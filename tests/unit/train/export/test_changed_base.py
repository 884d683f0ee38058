"""A run as what it changed in the default embedder."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch

from facewarden.errors import InputError
from facewarden.models.builtin import DEFAULT_EMBEDDER
from facewarden.models.engines import REFERENCE, start
from facewarden.models.feeding import feed
from facewarden.models.registry import Registry
from facewarden.train.backbones.catalogue import build
from facewarden.train.backbones.from_card import warm_start_from_card
from facewarden.train.export.changed_base import changed_base
from facewarden.train.export.check import agreement, by_torch
from training import recipe

pytestmark = pytest.mark.models


def network(backbone: str, warm_start: str) -> dict[str, object]:
    return {"backbone": backbone, "embedding_size": 128, "warm_start": warm_start}


def test_the_file_says_what_the_network_says(models_dir: Path) -> None:
    registry = Registry(models_dir)
    net = build("sface", embedding_size=128, input_size=112)
    warm_start_from_card(net, registry, DEFAULT_EMBEDDER)
    torch.manual_seed(5)
    with torch.no_grad():
        for name, weights in net.named_parameters():
            if not name.startswith("head"):
                weights.add_(0.02 * weights.abs().mean() * torch.randn_like(weights))
    made = changed_base(net, recipe(network=network("sface", DEFAULT_EMBEDDER)), registry)
    card, base = registry.load(DEFAULT_EMBEDDER)
    assert made.card == card
    faces = np.random.default_rng(5).integers(0, 256, (4, 112, 112, 3)).astype(np.uint8)
    fed = feed(faces[..., ::-1], card.input)
    now, before = (
        start(model, card, REFERENCE, threads=1).run(fed)[0] for model in (made.model, base)
    )
    assert agreement(now, by_torch(net, faces)).cosine > 0.9999
    assert agreement(now, before).cosine < 0.9999
    # The last layer, two thirds of the weights, did not change and takes no room.
    assert len(made.changes) < len(base) / 10
    with np.load(BytesIO(made.changes), allow_pickle=False) as file:
        assert not any("fc1" in name for name in file.files)


@pytest.mark.parametrize(
    ("backbone", "warm_start", "words"),
    [
        ("sface", "", "nothing it changed: expected a run with network.warm_start"),
        ("sface", DEFAULT_EMBEDDER, "not the whole of sface-2021dec-centred"),
    ],
)
def test_a_run_of_nothing_that_ships(
    models_dir: Path, backbone: str, warm_start: str, words: str
) -> None:
    net = build(backbone, embedding_size=64, input_size=112)
    made = recipe(network=network(backbone, warm_start))
    with pytest.raises(InputError, match=words):
        changed_base(net, made, Registry(models_dir))
