"""The default embedder in torch against its file in ONNX Runtime."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from facewarden.errors import ModelRefused
from facewarden.models.builtin import DEFAULT_DETECTOR, DEFAULT_EMBEDDER
from facewarden.models.engines import REFERENCE, start
from facewarden.models.feeding import feed
from facewarden.models.registry import Registry
from facewarden.train.backbones.catalogue import build
from facewarden.train.backbones.from_card import embed, warm_start_from_card

pytestmark = pytest.mark.models


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_the_same_embeddings(models_dir: Path, shared: Path) -> None:
    registry = Registry(models_dir)
    net = build("sface", embedding_size=128, input_size=112)
    found = warm_start_from_card(net, registry, DEFAULT_EMBEDDER)
    assert found.fitting.complete
    assert found.agreement is not None
    assert found.agreement > 0.99999
    card, model = registry.load(DEFAULT_EMBEDDER)
    pictures = photographs(shared)
    theirs = start(model, card, REFERENCE, threads=1).run(feed(pictures, card.input))[0]
    ours = embed(net, pictures)
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    assert ((ours * theirs).sum(axis=1) / lengths).min() > 0.99999
    # not the direction alone: a loss such as AdaFace looks at the length too
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-3)


def photographs(shared: Path) -> NDArray[np.uint8]:
    paths = sorted((shared / "data" / "lfw-dev").rglob("*.jpg"))[::700]
    read = [cv2.imread(str(path)) for path in paths]
    return np.stack([picture[69:181, 69:181] for picture in read if picture is not None])


def test_a_new_head_is_not_compared(models_dir: Path) -> None:
    net = build("sface", embedding_size=64, input_size=112)
    found = warm_start_from_card(net, Registry(models_dir), DEFAULT_EMBEDDER)
    assert found.agreement is None
    assert len(found.fitting.missing) == 6
    assert "not compared" in str(found)


def test_weights_that_fit_but_do_other_things(models_dir: Path) -> None:
    """Fed otherwise than the file: the network is left as it was."""
    net = build("sface", embedding_size=128, input_size=112)
    net.preprocessing = type(net.preprocessing)(0, 1 / 255)
    before = {key: value.clone() for key, value in net.state_dict().items()}
    with pytest.raises(ModelRefused, match="fit SFace in shape, but not in effect"):
        warm_start_from_card(net, Registry(models_dir), DEFAULT_EMBEDDER)
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())


def test_a_detector_has_no_weights_for_a_backbone(models_dir: Path) -> None:
    net = build("mobilefacenet", embedding_size=128, input_size=112)
    with pytest.raises(ModelRefused, match="expected an embedder, found detector"):
        warm_start_from_card(net, Registry(models_dir), DEFAULT_DETECTOR)
