import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from facewarden.errors import ModelRefused
from facewarden.models import engines
from facewarden.models.builtin import DEFAULT_DETECTOR, DEFAULT_EMBEDDER, builtins
from facewarden.models.card import Engine, ModelCard, Precision, read_card
from facewarden.models.open_session import open_session
from facewarden.models.probe import Report, Trial, disagreement, probe
from facewarden.models.registry import Registry, sha256
from small_models import small_card, small_embedder

F32, BF16 = Precision.FLOAT32, Precision.BFLOAT16


@pytest.fixture
def small() -> tuple[ModelCard, bytes]:
    model = small_embedder()
    hashes = {"sha256": sha256(model), "source_sha256": sha256(model)}
    return read_card(json.dumps(small_card(**hashes)), "card"), model


def test_measures_every_choice_once(small: tuple[ModelCard, bytes], tmp_path: Path) -> None:
    first = probe(*small, tmp_path)
    assert {trial.choice for trial in first.trials} == set(engines.choices())
    assert [t.milliseconds for t in first.trials] == sorted(t.milliseconds for t in first.trials)
    assert probe(*small, tmp_path) == first  # times would differ had it measured again
    assert len(list((tmp_path / "probes").iterdir())) == 1


@pytest.mark.parametrize("content", ["", "{}", '{"key": "of something else", "trials": []}'])
def test_a_kept_report_that_does_not_hold(
    small: tuple[ModelCard, bytes], tmp_path: Path, content: str
) -> None:
    report = probe(*small, tmp_path)
    (path,) = (tmp_path / "probes").iterdir()
    path.write_text(content)
    assert probe(*small, tmp_path).key == report.key
    assert Report.model_validate_json(path.read_bytes()).trials


def test_a_cache_that_cannot_be_written(small: tuple[ModelCard, bytes], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert probe(*small, tmp_path / "file").trials


class TestBest:
    REPORT = Report(
        key="",
        trials=(
            Trial(engine=Engine.OPENVINO, precision=BF16, milliseconds=1, refused="cosine 0.9"),
            Trial(engine=Engine.OPENVINO, precision=F32, milliseconds=2),
            Trial(engine=Engine.ONNXRUNTIME, precision=F32, milliseconds=3),
        ),
    )

    @pytest.mark.parametrize(
        ("engine", "precision", "expected"),
        [
            (None, None, (Engine.OPENVINO, F32)),
            (Engine.ONNXRUNTIME, None, (Engine.ONNXRUNTIME, F32)),
            (Engine.OPENVINO, None, (Engine.OPENVINO, F32)),
            (None, F32, (Engine.OPENVINO, F32)),
        ],
    )
    def test_the_fastest_that_agrees(
        self, engine: Engine | None, precision: Precision | None, expected: engines.Choice
    ) -> None:
        assert self.REPORT.best(engine, precision) == expected

    @pytest.mark.parametrize(
        ("engine", "words"),
        [(Engine.OPENVINO, "cosine 0.9"), (Engine.ONNXRUNTIME, "not installed")],
    )
    def test_says_why_not(self, engine: Engine, words: str) -> None:
        with pytest.raises(ModelRefused, match=words):
            self.REPORT.best(engine, BF16)


def test_other_embeddings_are_noticed(small: tuple[ModelCard, bytes]) -> None:
    rows = np.random.default_rng(0).standard_normal((4, 16)).astype(np.float32)
    assert disagreement(small[0], (rows,), (rows * 3,)) == ""
    assert "cosine" in disagreement(small[0], (rows,), (rows[:, ::-1],))


def test_other_scores_are_noticed() -> None:
    card = builtins()[0].card
    rng = np.random.default_rng(0)
    outputs = tuple(rng.random((1, 9, 1)).astype(np.float32) for _ in range(12))
    near = tuple(array + np.float32(0.01) for array in outputs)
    swapped = (*outputs[3:6], *outputs[:3], *outputs[6:])
    assert disagreement(card, outputs, near) == ""
    assert "scores" in disagreement(card, outputs, swapped)


def test_without_openvino_it_is_onnxruntime(
    small: tuple[ModelCard, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_onnxruntime(name: str) -> object:
        return None if name == "openvino" else find_spec(name)

    monkeypatch.setattr(engines, "find_spec", only_onnxruntime)
    registry = Registry(tmp_path)
    registry.put(*small)
    _, session = open_session(registry, "small-embedder")
    assert (session.engine, session.precision) == engines.REFERENCE
    with pytest.raises(ModelRefused, match="not installed"):
        open_session(registry, "small-embedder", engine="openvino")


def test_no_such_engine(small: tuple[ModelCard, bytes], tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.put(*small)
    with pytest.raises(ModelRefused, match="auto, onnxruntime, openvino"):
        open_session(registry, "small-embedder", engine="tensorrt")
    with pytest.raises(ModelRefused, match="nothing here runs"):
        open_session(registry, "small-embedder", engine="onnxruntime", precision=BF16)


@pytest.mark.models
@pytest.mark.parametrize("model_id", [DEFAULT_DETECTOR, DEFAULT_EMBEDDER])
def test_no_engine_here_is_refused_for_the_default_models(models_dir: Path, model_id: str) -> None:
    card, model = Registry(models_dir).load(model_id)
    assert [t.refused for t in probe(card, model, models_dir).trials if t.refused] == []
