"""The pages about networks and losses: figures and defaults are those of the code, examples run."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import torch

from facewarden.train.backbones.backbone import Backbone
from facewarden.train.backbones.catalogue import BACKBONES
from facewarden.train.backbones.cost import cost
from facewarden.train.losses.catalogue import LOSSES, OF_CLASSES, OF_PAIRS, OF_TEACHERS
from facewarden.train.losses.loss import Loss
from facewarden.train.samplers.catalogue import SAMPLERS
from page_examples import example

DOCS = Path(__file__).parents[3] / "docs"


def rows(columns: int) -> Iterator[list[str]]:
    for line in (DOCS / "train-models.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == columns:
            yield [re.sub("`", "", cell) for cell in cells]


def test_the_table_of_backbones_is_what_they_cost() -> None:
    told = {cells[0]: cells[1:5] for cells in rows(6)}
    found = {}
    for name, make in BACKBONES.items():
        with torch.device("meta"):
            net = make()
        costs = cost(net)
        found[name] = [
            str(net.embedding_size),
            str(net.input_size),
            f"{costs.parameters / 1e6:.2f}",
            f"{costs.multiply_adds / 1e6:.0f}",
        ]
    assert told == found


def test_the_table_of_losses_has_every_parameter_and_its_default() -> None:
    told = {name: cells[2] for cells in rows(4) for name in cells[0].split(", ")}
    assert set(told) == set(LOSSES)
    for name, made in {**OF_CLASSES, **OF_PAIRS, **OF_TEACHERS}.items():
        defaults = {
            key: parameter.default
            for key, parameter in inspect.signature(made).parameters.items()
            if key not in ("classes", "embedding_size")
        }
        expected = ", ".join(
            f"{key} {str(value).lower() if isinstance(value, bool | str) else f'{value:g}'}"
            for key, value in defaults.items()
        )
        assert told[name] == expected


def test_the_table_of_samplers() -> None:
    assert {cells[0] for cells in rows(3)} == set(SAMPLERS)


def test_the_examples_learn_together() -> None:
    """The example network under the example loss brings four people apart in sixty steps."""
    torch.manual_seed(0)
    net: Backbone = example("five_strides").FiveStrides(embedding_size=16, input_size=32)
    loss: Loss = example("soft_margin").SoftMargin()
    labels = torch.arange(4).repeat_interleave(4)
    faces = torch.randn(4, 3, 32, 32)[labels] + 0.5 * torch.randn(16, 3, 32, 32)
    optimiser = torch.optim.Adam(net.parameters(), lr=3e-3)
    losses = []
    for _ in range(60):
        optimiser.zero_grad()
        step = loss(net(faces), labels)
        step.backward()
        optimiser.step()
        losses.append(step.item())
    assert losses[-1] < 0.6 * losses[0]
    alone = torch.randn(1, 16, requires_grad=True)
    loss(alone, labels[:1]).backward()
    assert alone.grad is not None
    assert not alone.grad.any()
