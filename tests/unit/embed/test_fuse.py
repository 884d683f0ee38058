import numpy as np
import pytest

from facewarden.data import Templates
from facewarden.embed.fuse import Fusion
from facewarden.errors import DataError
from factories import MODEL, templates

EAST = Templates(np.array([[1, 0]], np.float32), MODEL)
NORTH = Templates(np.array([[0, 1]], np.float32), MODEL)


def test_before_the_first_look_there_is_no_template() -> None:
    assert len(Fusion().template()) == 0
    assert Fusion().looks == 0


def test_one_look_is_the_template() -> None:
    fusion = Fusion()
    look = templates(1, 1)
    fusion.add(look, 0.4)
    np.testing.assert_allclose(fusion.template().vectors, look.vectors, atol=1e-6)
    assert fusion.template().model_id == MODEL
    assert fusion.looks == 1


@pytest.mark.parametrize(
    ("east", "north", "expected"),
    [
        (1.0, 1.0, (0.5**0.5, 0.5**0.5)),
        (0.3, 0.3, (0.5**0.5, 0.5**0.5)),
        (0.9, 0.3, (0.9 / 0.9**0.5, 0.3 / 0.9**0.5)),
        (1.0, 0.0, (1.0, 0.001)),
    ],
    ids=["both good", "both poor", "three to one", "a worthless one hardly counts"],
)
def test_quality_weighs(east: float, north: float, expected: tuple[float, float]) -> None:
    fusion = Fusion()
    fusion.add(EAST, east)
    fusion.add(NORTH, north)
    np.testing.assert_allclose(fusion.template().vectors[0], expected, atol=1e-5)


def test_a_single_look_of_no_quality_still_has_a_direction() -> None:
    fusion = Fusion()
    fusion.add(NORTH, 0.0)
    np.testing.assert_allclose(fusion.template().vectors, NORTH.vectors)


def test_models_never_mix() -> None:
    fusion = Fusion()
    fusion.add(templates(1, 1), 0.5)
    with pytest.raises(DataError, match="different models"):
        fusion.add(templates(2, 1, model_id="embedder-b"), 0.5)
    assert fusion.looks == 1
    np.testing.assert_allclose(fusion.template().vectors, templates(1, 1).vectors, atol=1e-6)
