"""A model as what changed in another one's weights."""

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from facewarden.errors import ModelRefused
from facewarden.models.changes import changed, packed
from small_models import small_embedder

Tensors = dict[str, NDArray[np.float32]]


def tensors(model: bytes) -> Tensors:
    graph = onnx.load_model_from_string(model).graph
    return {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}


def changes(model: bytes) -> Tensors:
    random = np.random.default_rng(7)
    return {
        name: random.normal(0, 0.01, values.shape).astype(np.float32)
        for name, values in tensors(model).items()
        if values.dtype == np.float32 and values.ndim
    }


def test_a_change_comes_back_within_half_a_step() -> None:
    model = small_embedder()
    wanted = changes(model)
    assert any(change.size > change.shape[0] for change in wanted.values())
    made = tensors(changed(model, packed(wanted)))
    for name, before in tensors(model).items():
        found = made[name]
        if name not in wanted:
            np.testing.assert_array_equal(found, before)
            continue
        change = wanted[name]
        step = np.abs(change).reshape(len(change), -1).max(axis=1) / 127
        off = np.abs(found - (before + change)).reshape(len(change), -1).max(axis=1)
        assert (off <= 0.51 * step + 1e-6).all(), name
        assert not np.array_equal(found, before)


def test_the_same_changes_give_the_same_bytes() -> None:
    model = small_embedder()
    wanted = changes(model)
    backwards = dict(reversed(wanted.items()))
    assert packed(wanted) == packed(backwards)
    assert changed(model, packed(wanted)) == changed(model, packed(backwards))


def test_what_did_not_change_takes_no_room() -> None:
    model = small_embedder()
    still = {name: 0 * change for name, change in changes(model).items()}
    assert len(packed(still)) < 100
    made = tensors(changed(model, packed(still)))
    for name, before in tensors(model).items():
        np.testing.assert_array_equal(made[name], before)
    # An output that stays among others that change, too.
    name, change = next((n, c) for n, c in changes(model).items() if c.size > c.shape[0])
    change[0] = 0
    made = tensors(changed(model, packed({name: change})))
    np.testing.assert_array_equal(made[name][0], tensors(model)[name][0])


def test_what_is_refused() -> None:
    model = small_embedder()
    wanted = changes(model)
    name, change = next(iter(wanted.items()))
    for spoilt, words in (
        (packed({"elsewhere": change}), "changes are of another model's weights"),
        (packed({name: change[:-1]}), "has the shape"),
        (packed(wanted)[:-40], "cannot be changed"),
        (b"no zip", "cannot be changed"),
        (b"", "cannot be changed"),
    ):
        with pytest.raises(ModelRefused, match=words):
            changed(model, spoilt)
    with pytest.raises(ModelRefused, match="cannot be changed"):
        changed(b"not a model", packed(wanted))
