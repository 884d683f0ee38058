import numpy as np
import pytest

from facewarden.errors import DataError
from facewarden.geometry.similarity import ARCFACE_112, similarity_transform

TEMPLATE = np.array(ARCFACE_112, np.float32)


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("all in one place", np.full((1, 5, 2), 7, np.float32)),
        ("not a number", np.full((1, 5, 2), np.nan, np.float32)),
        ("infinite", np.where(np.eye(5, 2) > 0, np.inf, TEMPLATE).astype(np.float32)[None]),
        ("four landmarks", TEMPLATE[None, :4]),
        ("double precision", TEMPLATE[None].astype(np.float64)),
    ],
)
def test_refuses(name: str, points: np.ndarray) -> None:
    with pytest.raises(DataError):
        similarity_transform(points, TEMPLATE)


def test_no_face_gives_no_transform() -> None:
    assert similarity_transform(np.zeros((0, 5, 2), np.float32), TEMPLATE).shape == (0, 2, 3)
