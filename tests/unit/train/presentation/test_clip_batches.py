"""Clips as tensors: changed alike within a clip, cut anywhere, judged as evaluation judges."""

from pathlib import Path

import numpy as np
import pytest
import torch

from facewarden.errors import InputError
from facewarden.train.presentation.clip_batches import ClipBatches
from facewarden.train.presentation.fresh_statistics import count_anew
from facewarden.train.presentation.networks.mobile import Mobile
from facewarden.train.presentation.prepared_clips import PreparedClips
from unit.train.presentation.looks import SIDE, recipe, written

NOTHING: dict[str, object] = {"augment": [], "augment_looks": []}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> PreparedClips:
    return written(tmp_path_factory.mktemp("clips"), people=("ada", "ben"), clips=2)


ERASING = {"name": "random_erasing", "probability": 1}
CAST = {"name": "colour_cast", "probability": 1, "parameters": {"low": 0.4, "high": 0.6}}
MIRROR = {"name": "horizontal_flip", "probability": 1}


def test_all_looks_of_a_clip_are_changed_alike(clips: PreparedClips) -> None:
    still = {"batch_size": 4, "zoom": 0}
    plain = ClipBatches(clips, recipe(**NOTHING, sampling=still))
    changed = ClipBatches(clips, recipe(augment=[CAST], augment_looks=[], sampling=still))
    rows = np.arange(4)
    factor = changed.drawn(rows, 5) / plain.drawn(rows, 5).clamp(min=1)
    middle = factor.flatten(3).median(-1).values  # (b, T, 3)
    assert torch.allclose(middle, middle[:, :1].expand_as(middle), atol=1e-3)
    assert len({round(float(value), 3) for value in middle[:, 0].flatten()}) == 12


def test_what_is_of_each_look_is_drawn_for_each(clips: PreparedClips) -> None:
    batches = ClipBatches(clips, recipe(augment=[], augment_looks=[ERASING]))
    plain = ClipBatches(clips, recipe(**NOTHING))
    erased = (batches.drawn(np.arange(2), 3) != plain.drawn(np.arange(2), 3)).any(2)
    assert not torch.equal(erased[0, 0], erased[0, 1])


def test_the_same_seed_draws_the_same(clips: PreparedClips) -> None:
    batches = ClipBatches(clips, recipe(augment=[MIRROR, ERASING]))
    rows = np.arange(4)
    assert torch.equal(batches.drawn(rows, 9), batches.drawn(rows, 9))
    assert not torch.equal(batches.drawn(rows, 9), batches.drawn(rows, 10))


def test_batches_are_cut_to_sides_in_steps(clips: PreparedClips) -> None:
    sampling = {"batch_size": 4, "smallest_px": 32}
    batches = ClipBatches(clips, recipe(**NOTHING, sampling=sampling))
    sides = {batches.drawn(np.arange(2), seed).shape[-1] for seed in range(20)}
    assert sides == {32, 64}


def test_a_clip_is_judged_whole_from_its_middle(clips: PreparedClips) -> None:
    found = ClipBatches(clips, recipe()).judged(0)
    assert found.shape == (3, 3, 3, 64, 64)
    edge = (SIDE - 64) // 2
    first = torch.from_numpy(np.array(clips.looks[0]))[edge : edge + 64, edge : edge + 64]
    assert torch.equal(found[0, 0], first.permute(2, 0, 1).float())


def test_statistics_are_counted_anew_for_the_weights_of_now() -> None:
    torch.manual_seed(1)
    net = Mobile(looks=2, input_size=64, embedding_size=8, width=8)
    clips = torch.rand(8, 2, 3, 64, 64) * 255
    weights = {name: value.clone() for name, value in net.named_parameters()}
    net.train()
    with torch.no_grad():
        by_batch = net(clips)
        count_anew(net.eval(), [clips])
        assert not net.training
        # A variance is of the sample in one and of the population in the other.
        assert (torch.cosine_similarity(net(clips), by_batch) > 0.98).all()
    assert all(torch.equal(value, weights[name]) for name, value in net.named_parameters())


def test_the_folder_must_be_one_of_clips(tmp_path: Path) -> None:
    clips = written(tmp_path / "clips", people=("ada",), clips=1)
    (clips.folder / "clips.csv").write_text("path,subject\n")
    with pytest.raises(InputError, match="do not fit together"):
        PreparedClips.open(clips.folder)
