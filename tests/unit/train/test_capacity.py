"""Classes that do not fit into memory are refused before memory is asked for."""

import pytest
import torch

from facewarden.errors import ConfigError
from facewarden.train.capacity import bytes_needed, require_room
from facewarden.train.losses.catalogue import build
from training import recipe

CPU = torch.device("cpu")
MANY = 10**11


@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
def test_what_is_foreseen_holds_the_centres_and_what_is_kept_of_them(optimiser: str) -> None:
    made = recipe(optimiser={"name": optimiser, "rate": 0.1})
    loss = build("arcface", {}, classes=500, embedding_size=32)
    embeddings = torch.rand(8, 32, requires_grad=True)
    loss(embeddings, torch.arange(8)).backward()
    (centres,) = loss.parameters()
    assert centres.grad is not None
    kept = (
        centres.nbytes + centres.grad.nbytes + (2 if optimiser == "adamw" else 1) * centres.nbytes
    )
    found = bytes_needed(made, 500, 8)
    assert kept < found < 4 * kept
    # Twice the people take twice the room.
    assert bytes_needed(made, 1000, 8) == pytest.approx(2 * found)


def test_too_many_people_are_refused() -> None:
    with pytest.raises(ConfigError, match="does not fit into memory with 100,000,000,000 people"):
        require_room(recipe(), MANY, 8, CPU)
    require_room(recipe(), 1000, 8, CPU)


def test_a_loss_of_pairs_has_no_classes() -> None:
    require_room(recipe(loss={"name": "triplet"}), MANY, 8, CPU)


def test_some_of_the_classes_need_less() -> None:
    some = recipe(loss={"name": "arcface", "parameters": {"share": 0.1}})
    assert bytes_needed(some, 10**6, 512) < 0.3 * bytes_needed(recipe(), 10**6, 512)
