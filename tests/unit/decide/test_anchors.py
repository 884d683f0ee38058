import numpy as np
import pytest

from facewarden.data import Anchor, Templates
from facewarden.decide.anchors import NegativeAnchors
from facewarden.errors import DataError
from factories import NOW, after

MODEL = "embedder-a"


def unit(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    vector = np.zeros(8, np.float32)
    vector[: len(values)] = values
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def probe(*values: float, model_id: str = MODEL) -> Templates:
    return Templates(unit(*values)[None], model_id)


def test_the_nearest_anchor_of_each_subject() -> None:
    anchors = NegativeAnchors(
        [
            Anchor(1, unit(1, 0), "far", NOW),
            Anchor(1, unit(1, 1), "near", after(5)),
            Anchor(2, unit(0, 1), "other", NOW),
        ],
        MODEL,
    )
    found = anchors.nearest(probe(1, 2), [3, 1, -1])
    assert set(found) == {1}
    assert (found[1].alert_id, found[1].rejected_at) == ("near", after(5))
    assert found[1].similarity == pytest.approx(3 / np.sqrt(10), abs=1e-6)
    assert len(anchors) == 3


def test_without_anchors_any_probe_will_do() -> None:
    assert NegativeAnchors().nearest(probe(1, model_id="another"), [1, 2]) == {}


def test_models_do_not_meet() -> None:
    anchors = NegativeAnchors([Anchor(1, unit(1), "a", NOW)], MODEL)
    assert anchors.nearest(probe(1, model_id="another"), [2]) == {}
    with pytest.raises(DataError, match="different models"):
        anchors.nearest(probe(1, model_id="another"), [1])
