"""One engine against the other, batch against single, many threads against one."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from facewarden.data import Float32
from facewarden.models.builtin import DEFAULT_DETECTOR, DEFAULT_EMBEDDER
from facewarden.models.engines import REFERENCE, Choice, choices, start
from facewarden.models.openvino import OFTEN
from facewarden.models.phantom import draw_phantom
from facewarden.models.prelu import without_prelu
from facewarden.models.registry import Registry
from facewarden.models.session import Session

pytestmark = pytest.mark.models


def faces(n: int) -> Float32:
    pictures = [draw_phantom(112, 112, ((56 + i, 60 - i, 48 + 3 * i),)) for i in range(n)]
    return np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32)


def picture(height: int, width: int) -> Float32:
    drawn = draw_phantom(height, width, ((width / 2, height / 2, height / 4),))
    return drawn.transpose(2, 0, 1)[None].astype(np.float32)


def session(models_dir: Path, model_id: str, choice: Choice, threads: int = 1) -> Session:
    card, model = Registry(models_dir).load(model_id)
    return start(model, card, choice, threads=threads)


def cosine(one: Float32, other: Float32) -> Float32:
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return np.asarray((one * other).sum(axis=1) / lengths)


@pytest.mark.parametrize("choice", choices()[1:], ids=" ".join)
def test_same_embeddings(models_dir: Path, choice: Choice) -> None:
    batch = faces(5)
    (expected,) = session(models_dir, DEFAULT_EMBEDDER, REFERENCE).run(batch)
    (found,) = session(models_dir, DEFAULT_EMBEDDER, choice).run(batch)
    assert found.shape == (5, 128)
    assert cosine(expected, found).min() > (0.999999 if choice[1] == "float32" else 0.999)


@pytest.mark.parametrize("choice", choices()[1:], ids=" ".join)
def test_same_heads_in_the_cards_order(models_dir: Path, choice: Choice) -> None:
    batch = picture(192, 256)
    expected = session(models_dir, DEFAULT_DETECTOR, REFERENCE).run(batch)
    found = session(models_dir, DEFAULT_DETECTOR, choice).run(batch)
    assert len(expected) == 12
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3 if choice[1] == "float32" else 0.3)


@pytest.mark.parametrize("choice", choices(), ids=" ".join)
def test_a_batch_is_its_rows(models_dir: Path, choice: Choice) -> None:
    batch = faces(3)
    running = session(models_dir, DEFAULT_EMBEDDER, choice)
    (together,) = running.run(batch)
    alone = np.concatenate([running.run(batch[row : row + 1])[0] for row in range(3)])
    assert cosine(together, alone).min() > (0.999999 if choice[1] == "float32" else 0.9995)


@pytest.mark.parametrize("choice", choices(), ids=" ".join)
def test_results_outlive_the_next_call(models_dir: Path, choice: Choice) -> None:
    running = session(models_dir, DEFAULT_EMBEDDER, choice)
    (first,) = running.run(faces(1))
    kept = first.copy()
    running.run(faces(2)[1:])
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("choice", choices(), ids=" ".join)
def test_many_threads_of_many_shapes(models_dir: Path, choice: Choice) -> None:
    running = session(models_dir, DEFAULT_DETECTOR, choice, threads=2)
    batches = [picture(96 + 32 * (i % 3), 128 + 32 * (i % 2)) for i in range(12)]
    expected = [running.run(batch) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(running.run, batches))
    for one, other in zip(expected, found, strict=True):
        for mine, theirs in zip(one, other, strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_prelu_rewritten_is_prelu(models_dir: Path) -> None:
    _, model = Registry(models_dir).load(DEFAULT_EMBEDDER)
    rewritten = without_prelu(model)
    operators = {node.op_type for node in onnx.load_model_from_string(rewritten).graph.node}
    assert "PRelu" not in operators
    feed = {"data": faces(2)}
    one, other = (onnxruntime.InferenceSession(m).run(None, feed)[0] for m in (model, rewritten))
    np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("choice", choices()[1:], ids=" ".join)
def test_a_shape_that_comes_often_gives_the_same(models_dir: Path, choice: Choice) -> None:
    running = session(models_dir, DEFAULT_DETECTOR, choice, threads=2)
    batch, other = picture(192, 256), picture(160, 160)
    first = running.run(batch)
    with ThreadPoolExecutor(4) as pool:
        many = list(pool.map(running.run, [batch, other] * OFTEN))
    for found in (many[-2], running.run(batch)):
        for one, again in zip(first, found, strict=True):
            np.testing.assert_allclose(one, again, atol=3e-3)
    assert [len(heads) for heads in many[1]] == [len(heads) for heads in running.run(other)]
