import numpy as np
import pytest

from facewarden.recapture.plane import homography, places, steps

SIZE = (64, 48)


def mapping() -> np.ndarray:
    return homography(
        tilt_deg=np.array([20.0, -10.0, 5.0]),
        at_px=np.array([30.0, 20.0]),
        px_per_unit=18.0,
        focal_px=80.0,
        centre_px=(32.0, 24.0),
    )


def test_the_origin_is_seen_where_it_was_put() -> None:
    x, y, w = mapping()[:, 2]
    assert (x / w, y / w) == pytest.approx((30, 20))


def test_each_pixel_looks_at_the_place_that_is_seen_there() -> None:
    x, y = places(mapping(), SIZE)
    seen = np.stack([x, y, np.ones_like(x)], axis=-1) @ mapping().T
    columns, rows = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    assert seen[..., 0] / seen[..., 2] == pytest.approx(columns, abs=1e-2)
    assert seen[..., 1] / seen[..., 2] == pytest.approx(rows, abs=1e-2)


def test_steps_are_the_change_of_the_place_with_a_pixel() -> None:
    x, y = places(mapping(), SIZE)
    got = steps(mapping(), (30, 20))
    near = np.array(
        [
            [x[20, 31] - x[20, 29], x[21, 30] - x[19, 30]],
            [y[20, 31] - y[20, 29], y[21, 30] - y[19, 30]],
        ]
    )
    assert got == pytest.approx(near / 2, abs=1e-4)


def test_what_faces_the_camera_has_its_size() -> None:
    flat = homography(
        tilt_deg=np.zeros(3),
        at_px=np.array([32.0, 24.0]),
        px_per_unit=18.0,
        focal_px=80.0,
        centre_px=(32.0, 24.0),
    )
    assert steps(flat, (32, 24)) == pytest.approx(np.eye(2) / 18)
